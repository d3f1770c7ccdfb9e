// Starts the wasm after the first paint, so that the page is readable as early as possible. A hidden
// tab has no animation frames and starts after a second.
(folder, name) => {
	let started;
	let hasInput = false;
	const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

	// Registers the service worker, which shows a page when the server can't be reached. The browser
	// updates it by itself. The script is fetched first and then comes from the cache: registering it
	// while the server is unreachable would log an error.
	const prepare = async () => {
		const [script, workers] = ["/service-worker.js", navigator.serviceWorker];
		if (!workers || workers.controller || (await workers.getRegistration())) return;
		const answer = await fetch(script);
		if (answer.ok && (await answer.text())) await workers.register(script, { updateViaCache: "all" });
	};

	// Says that the page looks whole but doesn't respond. Styles hide the connection badge then.
	const showFailure = () => {
		if ("failed" in document.documentElement.dataset) return;
		document.documentElement.dataset.failed = "";
		const [notice, button] = [document.createElement("div"), document.createElement("button")];
		notice.className = "notice notice--bad failure";
		notice.role = "alert";
		button.className = "button";
		button.textContent = "Reload";
		button.onclick = () => location.reload();
		notice.append("This page doesn't respond. Reload it to continue.", button);
		document.body.append(notice);
	};
	// Rust has panicked, for example because an extension or a proxy has changed the page before it
	// was hydrated. After that no event handler can be relied on.
	const onError = (error) => error instanceof WebAssembly.RuntimeError && showFailure();
	addEventListener("error", ({ error }) => onError(error));
	addEventListener("unhandledrejection", ({ reason }) => onError(reason));

	const load = async (attempt = 0) => {
		try {
			const code = await import(`${folder}/${name}.js`);
			await code.default({ module_or_path: `${folder}/${name}.wasm` });
			return code;
		} catch (error) {
			if (attempt === 3) throw error;
			await wait(500 * 2 ** attempt * (0.5 + Math.random() / 2));
			return load(attempt + 1);
		}
	};
	// Some browsers remember until the page is left that a module couldn't be loaded. So the page is
	// reloaded, once, unless that would lose what the person has typed.
	const reloaded = "tributary_reloaded";
	const recover = () => {
		if (hasInput || sessionStorage.getItem(reloaded)) return showFailure();
		sessionStorage.setItem(reloaded, "yes");
		location.reload();
	};
	const start = async () => {
		const code = await load();
		sessionStorage.removeItem(reloaded);
		// Yields, so that input is handled before hydration.
		await wait(0);
		code.hydrate();
		setTimeout(() => prepare().catch(() => {}), 5000);
	};
	const once = () => {
		started ??= start().catch((error) => {
			console.error(error);
			if (error instanceof WebAssembly.RuntimeError) showFailure();
			else recover();
		});
	};
	addEventListener("input", () => {
		hasInput = true;
	});

	// What is pressed before the page reacts to it is pressed again once it does. A form that only
	// scripts can send would be lost, and show what was typed in the address.
	const isHydrated = () => "hydrated" in document.body.dataset;
	let pressAgain;
	addEventListener("click", ({ target }) => {
		const button = target.closest?.("button[type=button]:not([popovertarget])");
		if (button && !isHydrated()) pressAgain = () => button.isConnected && button.click();
	});
	addEventListener("submit", (event) => {
		const { target: form, submitter } = event;
		if (isHydrated() || form.hasAttribute("action")) return;
		event.preventDefault();
		pressAgain = () => form.isConnected && form.requestSubmit(submitter);
	});
	new MutationObserver((_, observer) => {
		if (!isHydrated()) return;
		observer.disconnect();
		setTimeout(() => pressAgain?.());
	}).observe(document.documentElement, { attributeFilter: ["data-hydrated"], subtree: true });
	requestAnimationFrame(() => requestAnimationFrame(once));
	setTimeout(once, 1000);

	// A page that the browser keeps for the back button isn't shown again before its session was
	// checked: the person may have signed out since.
	const show = (visible) => {
		document.documentElement.style.visibility = visible ? "" : "hidden";
	};
	const isSignedIn = async (user) => {
		const answer = await fetch("/me", { headers: { accept: "application/json" } });
		return answer.ok && (await answer.json()).user.id === user;
	};
	const user = () => document.querySelector("[data-user]")?.dataset.user;
	addEventListener("pagehide", ({ persisted }) => show(!(persisted && user())));
	addEventListener("pageshow", async ({ persisted }) => {
		if (!persisted || !user()) return;
		show(false);
		if (await isSignedIn(user()).catch(() => false)) show(true);
		else location.reload();
	});
};

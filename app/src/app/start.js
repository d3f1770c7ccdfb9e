// Starts the wasm after the first paint, so that the page is readable as early as possible. A hidden
// tab has no animation frames and starts after a second.
(folder, name) => {
	let started;
	// Registers the service worker, which shows a page when the server can't be reached. The browser
	// updates it by itself. The script is fetched first and then comes from the cache: registering it
	// while the server is unreachable would log an error.
	const prepare = async () => {
		const [script, workers] = ["/service-worker.js", navigator.serviceWorker];
		if (!workers || workers.controller || (await workers.getRegistration())) return;
		const answer = await fetch(script);
		if (answer.ok && (await answer.text())) await workers.register(script, { updateViaCache: "all" });
	};
	const start = async () => {
		const code = await import(`${folder}/${name}.js`);
		await code.default({ module_or_path: `${folder}/${name}.wasm` });
		// Yields, so that input is handled before hydration.
		await new Promise((done) => setTimeout(done));
		code.hydrate();
		setTimeout(() => prepare().catch(() => {}), 5000);
	};
	const once = () => {
		started ??= start();
	};
	requestAnimationFrame(() => requestAnimationFrame(once));
	setTimeout(once, 1000);
};

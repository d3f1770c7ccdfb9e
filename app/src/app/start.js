// Starts the browser's code once the page is on the screen: what can be read comes before what can
// be done. A page that nobody sees has no frames, and starts after a second.
(folder, name) => {
	let started;
	// What answers where a page can't be reached; a new version of it the browser finds by itself.
	// Where the server is away just then, the console would have an error: so the script is asked for
	// first, and taken from the browser's cache after that.
	const prepare = async () => {
		const [script, workers] = ["/service-worker.js", navigator.serviceWorker];
		if (!workers || workers.controller || (await workers.getRegistration())) return;
		const answer = await fetch(script);
		if (answer.ok && (await answer.text())) await workers.register(script, { updateViaCache: "all" });
	};
	const start = async () => {
		const code = await import(`${folder}/${name}.js`);
		await code.default({ module_or_path: `${folder}/${name}.wasm` });
		// What somebody does meanwhile comes in between.
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

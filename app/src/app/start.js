// Starts the browser's code once the page is on the screen: what can be read comes before what can
// be done. A page that nobody sees has no frames, and starts after a second.
(folder, name) => {
	let started;
	const start = async () => {
		const code = await import(`${folder}/${name}.js`);
		await code.default({ module_or_path: `${folder}/${name}.wasm` });
		code.hydrate();
		// It answers where a page can't be reached. A browser without one shows its own error then.
		navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
	};
	const once = () => {
		started ??= start();
	};
	requestAnimationFrame(() => requestAnimationFrame(once));
	setTimeout(once, 1000);
};

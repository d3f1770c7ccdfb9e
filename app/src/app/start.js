// Starts the browser's code once the page is on the screen: what can be read comes before what can
// be done. A page that nobody sees has no frames, and starts after a second.
(folder, name) => {
	let started;
	const start = async () => {
		const code = await import(`${folder}/${name}.js`);
		await code.default({ module_or_path: `${folder}/${name}.wasm` });
		// What somebody does meanwhile comes in between.
		await new Promise((done) => setTimeout(done));
		code.hydrate();
	};
	const once = () => {
		started ??= start();
	};
	requestAnimationFrame(() => requestAnimationFrame(once));
	setTimeout(once, 1000);
};

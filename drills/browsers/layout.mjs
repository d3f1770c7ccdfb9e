// What is wrong with the layout of a page, as sentences.

/**
 * Runs in the page. Words of letters and digits are whole on one line, in all of the text that is shown;
 * addresses may break anywhere. Nothing is wider than the page, and controls show all of their text.
 */
const FIND_FAULTS = `() => {
  const faults = [];
  const page = document.documentElement;
  const width = page.clientWidth;
  if (page.scrollWidth > width) faults.push("the page is " + page.scrollWidth + " wide, not " + width);

  const ancestors = (element) => (element ? [element, ...ancestors(element.parentElement)] : []);
  const hasStyle = (element, test) => ancestors(element).some((it) => test(getComputedStyle(it)));
  // What is clipped is for screen readers.
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !element.matches(".skip-link") &&
    !hasStyle(element, ({ clipPath }) => clipPath !== "none");
  const isInScrollArea = (element) => hasStyle(element, ({ overflowX }) => /auto|scroll/.test(overflowX));
  const name = (element) =>
    element.tagName.toLowerCase() + ' "' + (element.ariaLabel ?? element.innerText ?? "").trim() + '"';

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const { currentNode: text } = texts;
    if (!isShown(text.parentElement)) continue;
    for (const { 0: part, index } of text.data.matchAll(/\\S+/g)) {
      if (/[@/]/.test(part)) continue;
      for (const { 0: word, index: start } of part.matchAll(/[\\p{L}\\p{N}]+/gu)) {
        range.setStart(text, index + start);
        range.setEnd(text, index + start + word.length);
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (lines.size > 1) faults.push('"' + word + '" is on ' + lines.size + " lines in " + name(text.parentElement));
      }
    }
  }

  for (const control of document.querySelectorAll("a, button, input, select, textarea, summary")) {
    if (!isShown(control) || control.type === "hidden" || isInScrollArea(control)) continue;
    const box = control.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) faults.push(name(control) + " has no size");
    if (box.left < -0.5 || box.right > width + 0.5) faults.push(name(control) + " is beside the page");
    const cut = control.matches("a, button") && control.scrollWidth > control.clientWidth + 1;
    if (cut && getComputedStyle(control).display !== "inline") faults.push(name(control) + " is cut off");
  }
  return faults;
}`;

export function layoutFaults(screen) {
  return screen.evaluate(FIND_FAULTS);
}

// What the scripts of the diary say. The sentences are the server's, in the reader's language;
// they stand in a template of the page, one attribute each, with {names} to be filled in.

/**
 * @param {string} name of the sentence, as in its attribute without "data-"
 * @param {Record<string, string>} [parts]
 * @returns {string}
 */
export function sentence(name, parts = {}) {
  const all = /** @type {HTMLElement | null} */ (document.getElementById("sentences"));
  const text = all?.getAttribute(`data-${name}`) ?? "";
  return text.replace(/\{(\w+)\}/g, (_, part) => parts[part] ?? "");
}

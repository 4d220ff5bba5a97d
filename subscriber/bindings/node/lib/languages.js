/** @file Which of a message's texts fits a locale (PROTOCOL.md, "Languages"). */

/** A POSIX locale as a language tag; nothing for those that name no language. */
function tagOf(/** @type {string} */ locale) {
    const tag = locale.split(/[.@]/)[0].replaceAll('_', '-').toLowerCase();
    return tag === 'c' || tag === 'posix' ? '' : tag;
}

/** Without the last subtag, and without a single letter that would end it then (RFC 4647, 3.4). */
const shorter = (/** @type {string} */ tag) => tag.replace(/(-[^-])?-?[^-]*$/, '');

/**
 * The text and title to show.
 * @param {{text: string, title?: string, language?: string, texts?: any[]}} content
 * @param {string} locale
 * @returns {{text: string, title?: string}}
 */
export function choose(content, locale) {
    const own = { language: content.language ?? '', text: content.text, title: content.title };
    const all = [own, ...content.texts ?? []]
        .map((one) => ({ ...one, language: one.language.toLowerCase() }));
    const tag = tagOf(locale);
    let found;
    for (let range = tag; range && !found; range = shorter(range)) {
        found = all.find((one) => one.language === range);
    }
    const primary = (/** @type {string} */ language) => language.split('-')[0];
    if (tag) found ??= all.find((one) => primary(one.language) === primary(tag));
    found ??= own;
    return { text: found.text, title: found.title ?? own.title };
}

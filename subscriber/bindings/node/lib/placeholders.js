/** @file Templates, and the time that is left (PROTOCOL.md, "Placeholders"). */

import { CrierError } from './errors.js';

const NAMES = ['user', 'system_user', 'machine', 'application', 'locale', 'session', 'remaining'];

/**
 * What a template consists of: plain text, and the names of placeholders.
 * @returns {Array<string | {name: string}>}
 */
export function pieces(/** @type {string} */ template, hasCountdown = true) {
    const found = [];
    for (const [piece, name] of template.matchAll(/\{\{|\}\}|\{([^{}\n]*)\}|[{}]|[^{}]+/g)) {
        if (piece === '{{' || piece === '}}') found.push(piece[0]);
        else if (name !== undefined) found.push({ name: known(name, hasCountdown) });
        else if (piece === '{' || piece === '}') throw invalid('a brace alone');
        else found.push(piece);
    }
    return found;
}

const invalid = (detail) => new CrierError('text_invalid', detail);

function known(name, hasCountdown) {
    if (!NAMES.includes(name)) throw invalid(`no placeholder {${name.slice(0, 40)}}`);
    if (name === 'remaining' && !hasCountdown) throw invalid('{remaining} without countdown_to');
    return name;
}

/**
 * The parts of a text between which the time that is left stands; one alone if it does not say it.
 * @param {string} template
 * @param {Record<string, string>} values of the other placeholders
 * @returns {string[]}
 */
export function partsAround(template, values) {
    const parts = [''];
    for (const piece of pieces(template)) {
        if (piece.name === 'remaining') parts.push('');
        else parts.push(parts.pop() + (piece.name ? values[piece.name] ?? '' : piece));
    }
    return parts;
}

/** "14:59", "1:14:59", "2 d 1:14:59": in whole seconds, and "0:00" once it is over. */
export function remainingTime(/** @type {number} */ left) {
    const seconds = Math.max(0, Math.ceil(left / 1_000));
    const two = (number) => String(number).padStart(2, '0');
    const days = Math.floor(seconds / 86_400);
    const hours = Math.floor(seconds / 3_600) % 24;
    const minutes = Math.floor(seconds / 60) % 60;
    const rest = two(seconds % 60);
    if (days > 0) return `${days} d ${hours}:${two(minutes)}:${rest}`;
    return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

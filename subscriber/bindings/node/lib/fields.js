/**
 * @file The types of values in frames (PROTOCOL.md, section 2): each reads a node of MessagePack or
 * refuses it with the code that the document gives, and writes what it has read.
 *
 * @typedef {{read: (node: any) => any, write: (writer: any, value: any) => void}} Type
 */

import { CrierError } from './errors.js';

export const INT_MAX = 2 ** 53;

const refuse = (code, detail) => { throw new CrierError(code, detail); };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** An int from `min` to `max`. */
export function uint(max = INT_MAX, min = 0) {
    return {
        read(node) {
            if (node.kind !== 'int' || node.value < min || node.value > max) {
                refuse('malformed_frame', `not an int from ${min} to ${max}`);
            }
            return node.value;
        },
        write: (writer, value) => writer.int(value),
    };
}

export const ms = uint();

/** A list of exactly two. @returns {Type} */
export function pair(type) {
    const inner = list(type, 2);
    return {
        read(node) {
            if (node.kind !== 'list' || node.value.length !== 2) {
                refuse('malformed_frame', 'not a list of two');
            }
            return inner.read(node);
        },
        write: inner.write,
    };
}

export const bool = {
    read: (node) => node.kind === 'bool' ? node.value : refuse('malformed_frame', 'not a bool'),
    write: (writer, value) => writer.bool(value),
};

/** @returns {Type} */
export function bin(min, max = min) {
    return {
        read(node) {
            const size = node.kind === 'bin' ? node.value.length : -1;
            if (size < min || size > max) {
                refuse('malformed_frame', `not a bin of ${min} to ${max} bytes`);
            }
            return Buffer.from(node.value);
        },
        write: (writer, value) => writer.bin(value),
    };
}

/** 16 bytes; outside of frames 32 hex digits. */
export const id = {
    read: (node) => bin(16).read(node).toString('hex'),
    write: (writer, value) => writer.bin(Buffer.from(value, 'hex')),
};

/**
 * A str of at most `max` bytes of UTF-8 without NUL.
 * @param {number} max
 * @param {{min?: number, isLine?: boolean, code?: string}} [rules] `code`: of what is not text
 */
export function text(max, { min = 0, isLine = false, code = 'malformed_frame' } = {}) {
    return {
        read(node) {
            if (node.kind !== 'str') refuse('malformed_frame', 'not a str');
            if (node.value.length > max) refuse('limit_exceeded', `more than ${max} bytes`);
            if (node.value.length < min) refuse(code, 'empty');
            const value = decoded(node.value) ?? refuse(code, 'not UTF-8');
            if (isLine ? CONTROL.test(value) : value.includes('\0')) {
                refuse(code, 'a control character');
            }
            return value;
        },
        write: (writer, value) => writer.str(value),
    };
}

export const line = (max, rules = {}) => text(max, { ...rules, isLine: true });

function decoded(bytes) {
    try {
        return utf8.decode(bytes);
    } catch {
        return undefined;
    }
}

/** One of these strs, written as it is. */
export function oneOf(...words) {
    return {
        read(node) {
            const word = node.kind === 'str' ? node.value.toString('latin1') : undefined;
            return words.includes(word) ? word : refuse('malformed_frame', `none of ${words}`);
        },
        write: (writer, value) => writer.str(value),
    };
}

/** A list of at least `min` and at most `max` of `type`. @returns {Type} */
export function list(type, max, min = 0) {
    return {
        read(node) {
            if (node.kind !== 'list') refuse('malformed_frame', 'not a list');
            if (node.value.length > max) refuse('limit_exceeded', `more than ${max} elements`);
            if (node.value.length < min) refuse('malformed_frame', `less than ${min} elements`);
            return node.value.map((one, index) => at(`[${index}]`, () => type.read(one)));
        },
        write(writer, values) {
            writer.list(values.length);
            for (const value of values) type.write(writer, value);
        },
    };
}

/** Marks a field of a map that may be absent. */
export const optional = (type) => ({ ...type, isOptional: true });

/**
 * A map: what is not in `fields` is ignored, and they are written in this order.
 * @param {Record<string, Type>} fields
 * @param {(value: any) => void} [check] of the whole; throws
 */
export function map(fields, check = () => {}) {
    return {
        read(node) {
            if (node.kind !== 'map') refuse('malformed_frame', 'not a map');
            const value = {};
            for (const [key, type] of Object.entries(fields)) {
                const inner = node.value.get(key);
                if (inner !== undefined) value[key] = at(`.${key}`, () => type.read(inner));
                else if (!type.isOptional) refuse('malformed_frame', `.${key}: missing`);
            }
            check(value);
            return value;
        },
        write(writer, value) {
            const there = Object.entries(fields).filter(([key]) => value[key] !== undefined);
            writer.map(there.length);
            for (const [key, type] of there) {
                writer.str(key);
                type.write(writer, value[key]);
            }
        },
    };
}

/** Says in an error where it was. */
function at(place, read) {
    try {
        return read();
    } catch (error) {
        if (error instanceof CrierError) {
            const inner = /^[.[]/.test(error.message) ? '' : ': ';
            error.message = `${place}${inner}${error.message}`;
        }
        throw error;
    }
}

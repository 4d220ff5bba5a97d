// Languages, placeholders, times and invitations: what PROTOCOL.md says of them, case by case.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, chmodSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Subscriber } from '../index.js';
import { Identity, z85 } from '../lib/identity.js';
import { incomingFrom, textAt } from '../lib/incoming.js';
import { readInvitation } from '../lib/invitation.js';
import { choose } from '../lib/languages.js';
import { partsAround, remainingTime } from '../lib/placeholders.js';

const texts = (...languages) => languages.map((language) => ({ language, text: language }));

for (const [locale, expected] of [
    ['fr_CA.UTF-8', 'fr'], ['de_AT@euro', 'de-DE'], ['pt-br', 'pt-BR'], ['pt', 'pt-BR'],
    ['zh_Hant_TW', 'zh-Hant'], ['en_US', 'own'], ['C', 'own'], ['POSIX', 'own'], ['', 'own'],
    ['xx', 'own'], ['fr-x-private', 'fr'],
]) {
    test(`locale "${locale}" is shown ${expected}`, () => {
        const content = {
            text: 'own', title: 'Title', language: 'en',
            texts: texts('fr', 'de-DE', 'de-CH', 'pt-BR', 'zh-Hant', 'fr'),
        };
        assert.deepEqual(choose(content, locale), { text: expected, title: 'Title' });
    });
}

test('the own text goes before others of its language', () => {
    const content = { text: 'own', language: 'en-GB', texts: texts('en-AU') };
    assert.equal(choose(content, 'en_US').text, 'own');
    assert.equal(choose(content, 'en_AU').text, 'en-AU');
});

test('placeholders stand for attributes, in which braces mean nothing', () => {
    assert.deepEqual(partsAround('{{{user}}} {machine}|{remaining}.', { user: '{remaining}' }),
        ['{{remaining}} |', '.']);
});

for (const [left, words] of [[0, '0:00'], [-5, '0:00'], [1, '0:01'], [899_000, '14:59'],
    [4_499_000, '1:14:59'], [177_299_000, '2 d 1:14:59'], [59_001, '1:00']]) {
    test(`${left} ms are ${words}`, () => assert.equal(remainingTime(left), words));
}

test('a title counts from when it was sent, a text from now', () => {
    const frame = {
        id: '00', rev: 1, seq: 1, topic: 'all', text: 'In {remaining}.', title: '{remaining}',
        template: true, countdown_to: 60_000, sent: 0, severity: 1, style: 1, from: 'operator',
    };
    const message = incomingFrom(frame, { session: '00', attributes: {} }, 30_000);
    assert.deepEqual([message.text, message.title], ['In 0:30.', '1:00']);
    assert.equal(textAt(message, new Date(59_500)), 'In 0:01.');
});

test('a key file is made once, for its owner alone, and gives the same session', () => {
    const folder = mkdtempSync(join(tmpdir(), 'crier-node-'));
    try {
        const file = join(folder, 'key');
        const { session } = Identity.of(file);
        assert.equal(statSync(file).mode & 0o777, 0o600);
        assert.match(readFileSync(file, 'latin1'), /^[\w-]{43}\n$/);
        assert.equal(Identity.of(file).session, session);
        assert.notEqual(Identity.of(undefined).session, session);
        chmodSync(file, 0o644);
        assert.throws(() => Identity.of(file), { code: 'file_unusable' });
        assert.throws(() => Identity.of(join(folder, 'none', 'key')), { code: 'file_unusable' });
    } finally {
        rmSync(folder, { recursive: true });
    }
});

test('Z85 is that of ZeroMQ', () => {
    assert.equal(z85(Buffer.from('864fd26fb559f75b', 'hex')), 'HelloWorld');
});

test('what is no sessions\' invitation is refused', () => {
    for (const line of ['crier1.operators.AAAA', 'crier1.sessions.AAAAAAAAAAA', 'crier1.', '']) {
        assert.throws(() => readInvitation(line), { code: 'invitation_invalid' }, line);
    }
    assert.throws(() => readInvitation('/no/such/file'), { code: 'file_unusable' });
});

test('slips are named before anything is connected', () => {
    // The invitation of a broker without CURVE that is not there.
    const invitation = 'crier1.sessions.gallZW5kcG9pbnRzkbV0Y3A6Ly8xMjcuMC4wLjE6MS4';
    const make = (options) => () => new Subscriber({ invitation, ...options });
    assert.throws(make({ report: 'never' }), { code: 'usage_invalid' });
    assert.throws(make({ presence: 'unreachable' }), { code: 'usage_invalid' });
});

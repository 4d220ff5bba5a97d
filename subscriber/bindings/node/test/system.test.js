// Subscribers in Node with the real broker and the operator's command.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { blake2b } from '@noble/hashes/blake2.js';

import { textAt } from '../index.js';
import { readInvitation } from '../lib/invitation.js';
import { Writer } from '../lib/messagepack.js';
import { Broker, Screen } from './broker.js';

const MAINTENANCE = 'Une opération de maintenance est prévue à 22h.\n' +
    'Le serveur sera redémarré.\nVeuillez vous déconnecter avant 22h.';

/** The same invitation with something else in it. */
function forged(file, change) {
    const { endpoints, server_key, secret, ...rest } = { ...readInvitation(file), ...change };
    assert.deepEqual(rest, {});
    const writer = new Writer();
    writer.map(3);
    writer.str('endpoints');
    writer.list(endpoints.length);
    endpoints.forEach((endpoint) => writer.str(endpoint));
    writer.str('server_key');
    writer.bin(server_key);
    writer.str('secret');
    writer.bin(secret);
    const packed = writer.bytes();
    const checksum = Buffer.from(blake2b(packed, { dkLen: 32 })).subarray(0, 4);
    return `crier1.sessions.${Buffer.concat([packed, checksum]).toString('base64url')}`;
}

describe('a subscriber', () => {
    let broker;
    let screens = [];
    before(async () => { broker = await Broker.started(); });
    after(() => broker.end());
    afterEach(async () => {
        await Promise.all(screens.map(({ subscriber }) => subscriber.stop()));
        screens = [];
    });

    /** One that may not be let in. */
    function visitor(options = {}) {
        const screen = new Screen({ invitation: broker.invitation('sessions'), ...options });
        screens.push(screen);
        return screen;
    }

    async function opened(options) {
        const screen = visitor(options);
        const { session } = await screen.until('connected');
        assert.equal(session, screen.session);
        return screen;
    }

    const send = (...args) => broker.crier(['send', ...args]);

    test('shows a broadcast once, with its accents, line by line', async () => {
        const both = [await opened(), await opened({ attributes: { user: 'Marc' } })];
        const sent = await send(MAINTENANCE, '--severity', 'warning', '--wait', 'displayed');
        assert.equal(sent.tally.displayed, 2);
        for (const screen of both) {
            assert.deepEqual(screen.texts(), [MAINTENANCE]);
            const message = screen.all('message')[0];
            assert.deepEqual([message.id, message.topic, message.severity, message.from],
                [sent.id, 'all', 'warning', 'operator']);
        }
    });

    test('shows what is for its session, and on no other', async () => {
        const hers = await opened();
        const his = await opened({ attributes: { user: 'Marc' } });
        await send('-s', hers.session, 'Salut Vanessa', '--wait', 'displayed');
        await send('the end', '--wait', 'displayed');
        assert.deepEqual(hers.texts(), ['Salut Vanessa', 'the end']);
        assert.deepEqual(his.texts(), ['the end']);
        assert.equal(hers.all('message')[0].topic, `session/${hers.session}`);
    });

    test('is listed with its attributes and its presence', async () => {
        const screen = await opened({
            attributes: { machine: 'ws-12', locale: 'fr_FR', groups: ['équipe'] },
            presence: 'locked',
        });
        const listed = async () => (await broker.crier(['sessions'])).find(
            ({ id }) => id === screen.session);
        const { user, machine, locale, groups, state } = await listed();
        assert.deepEqual([user, machine, locale, groups, state],
            ['Vanessa', 'ws-12', 'fr_FR', ['équipe'], 'locked']);
        screen.subscriber.setPresence('active');
        while ((await listed()).state !== 'active');  // The runner's time-out ends it.
    });

    test('reports each thing that may become of a message', async () => {
        const screen = await opened({ report: 'manual' });
        const { subscriber } = screen;
        const { id } = await send('Read me', '--style', 'alert', '--wait', 'delivered');
        const message = await screen.until('message');
        assert.equal(message.style, 'alert');
        const reached = (state) => broker.outcome(id, screen, (one) => one.state === state);
        subscriber.suppressed(message, 'do not disturb');
        assert.equal((await reached('suppressed')).cause, 'do not disturb');
        subscriber.displayedInDigest(message);
        assert.equal((await reached('displayed')).digest, true);
        subscriber.acknowledged(message);
        await reached('acknowledged');
        subscriber.removed(message);
        await broker.outcome(id, screen, (one) => one.removed);

        const other = await send('No picture', '--wait', 'delivered');
        subscriber.failed(await screen.until('message', 2), 'no screen');
        const failed = await broker.outcome(other.id, screen, (one) => one.state === 'failed');
        assert.equal(failed.cause, 'no screen');
    });

    test('changes what it shows, and takes off what is recalled', async () => {
        const screen = await opened();
        const { id } = await send('At 22:00', '--wait', 'displayed');
        const changed = await broker.crier(['update', id, 'At 23:00', '--wait', 'displayed']);
        assert.equal(changed.tally.displayed, 1);
        assert.deepEqual(screen.all('changed').map(({ text, revision }) => [text, revision]),
            [['At 23:00', 2]]);
        const recalled = await broker.crier(['recall', id]);
        assert.equal(recalled.removed, 1);
        assert.deepEqual(screen.all('removed'), [{ id, cause: 'recalled' }]);
    });

    test('takes a message off at its time', async () => {
        const screen = await opened();
        const { id } = await send('Brief', '--expires', '2s', '--wait', 'displayed');
        assert.deepEqual(await screen.until('removed'), { id, cause: 'expired' });
        assert.ok(screen.subscriber.brokerTime() >= screen.all('message')[0].offScreenAt);
        await broker.outcome(id, screen, (one) => one.removed);
    });

    test('counts down in the user\'s language', async () => {
        const screen = await opened({ attributes: { locale: 'fr_CA.UTF-8' } });
        await send('--countdown', '2h', '--text', 'en=In {remaining}, {user}.', '--text',
            'fr=Dans {remaining}, {user}.', '--wait', 'displayed');
        const message = screen.all('message')[0];
        assert.match(message.text, /^Dans (2:00:00|1:59:\d\d), Vanessa\.$/);
        assert.equal(textAt(message, new Date(message.countdownTo - 61_000)),
            'Dans 1:01, Vanessa.');
    });

    test('answers a question', async () => {
        const screen = await opened();
        const asking = broker.crier(['ask', 'Log off?', '--choice', 'now', '--choice', 'later']);
        const question = await screen.until('message');
        assert.deepEqual(question.choices, ['now', 'later']);
        screen.subscriber.answered(question, 1);
        const said = await asking;
        assert.deepEqual(said.answers.map(({ count }) => count), [0, 1]);
    });

    test('tells that a question was closed', async () => {
        const screen = await opened();
        const asking = broker.crier(['ask', 'Ready?', '--choice', 'yes', '--choice', 'no'],
            { expect: 1 });
        const { id } = await screen.until('message');
        await broker.crier(['close', id]);
        assert.deepEqual(await screen.until('removed'), { id, cause: 'closed' });
        await asking;
    });

    test('becomes more urgent while nobody acknowledges', async () => {
        const screen = await opened();
        const { id } = await send('Sign off', '--escalate', 'after 1s: alert; after 2s: sound',
            '--wait', 'displayed');
        assert.deepEqual(await screen.until('escalated', 2),
            { id, revision: 1, urgency: 'sound' });
        assert.equal(screen.all('escalated')[0].urgency, 'alert');
    });

    test('gets five hundred messages at once, each once and in order', async () => {
        const screen = await opened();
        await broker.sendMany(500);
        const last = await send('last', '--wait', 'displayed');
        assert.equal(last.tally.displayed, 1);
        const expected = Array.from({ length: 500 }, (_, index) => `message ${index + 1}`);
        assert.deepEqual(screen.texts(), [...expected, 'last']);
        const sent = await broker.crier(['history', '--since', '1h']);
        const displayed = sent.filter(({ text, tally }) => /^message \d+$/.test(text) &&
            tally.displayed === 1);
        assert.equal(displayed.length, 500, 'each by a receipt of its own');
    });

    test('that comes with the same key is the same session, and replaces the other', async () => {
        const keyFile = join(broker.folder, 'key');
        const older = await opened({ keyFile });
        const newer = await opened({ keyFile });
        const { cause, error } = await older.until('ended');
        assert.deepEqual([cause, error.code], ['replaced', 'replaced']);
        assert.equal(newer.session, older.session);
        assert.equal(older.all('disconnected').at(-1).willReturn, false);
    });

    test('that was dropped does not come back', async () => {
        const keyFile = join(broker.folder, 'key-of-dropped');
        const screen = await opened({ keyFile });
        await broker.crier(['drop', screen.session, '--message', 'Call 4711.']);
        assert.equal((await screen.until('ended')).cause, 'dropped');
        const again = visitor({ keyFile });
        assert.equal((await again.until('ended')).cause, 'dropped');
    });

    test('with another secret is refused', async () => {
        const invitation = forged(broker.invitation('sessions'), { secret: Buffer.alloc(32) });
        const { cause, error } = await visitor({ invitation }).until('ended');
        assert.deepEqual([cause, error.code], ['refused', 'not_admitted']);
    });

    test('of another broker says so, and goes on trying', async () => {
        const server_key = Buffer.alloc(32, 9);
        const invitation = forged(broker.invitation('sessions'), { server_key });
        const { error, willReturn } = await visitor({ invitation }).until('disconnected');
        assert.deepEqual([error.code, willReturn], ['server_key_wrong', true]);
    });

    test('waits until admission is open again', async () => {
        await broker.crier(['admission', 'close', '--message', 'Until 23:00.']);
        const screen = visitor();
        const { error, willReturn } = await screen.until('disconnected');
        assert.deepEqual([error.code, error.message, willReturn],
            ['admission_closed', 'Until 23:00.', true]);
        await broker.crier(['admission', 'open']);
        await screen.until('connected');
    });

    test('says goodbye, with all that it had to say', async () => {
        const screen = await opened();
        const { id } = await send('Last words', '--wait', 'displayed');
        screen.subscriber.acknowledged(screen.all('message')[0]);
        await screen.subscriber.stop();
        await broker.outcome(id, screen, (one) => one.state === 'acknowledged');
        while ((await broker.crier(['sessions'])).some((one) => one.id === screen.session));
        assert.throws(() => screen.subscriber.acknowledged(screen.all('message')[0]),
            { code: 'stopping' });
    });

    test('comes back to a broker that was killed, and gets what it missed, once', async () => {
        const screen = await opened();
        const { id } = await send('before', '--style', 'alert', '--wait', 'displayed');
        await broker.stop('SIGKILL');
        await screen.until('disconnected');
        screen.subscriber.acknowledged(screen.all('message')[0]);
        await broker.start();
        const sent = await send('after', '--wait', 'accepted');
        await screen.until('connected', 2);
        await broker.outcome(sent.id, screen, (one) => one.state === 'displayed');
        await broker.outcome(id, screen, (one) => one.state === 'acknowledged');
        assert.deepEqual(screen.texts(), ['before', 'after']);
    });

    test('comes back to a broker that was stopped and started again', async () => {
        const screen = await opened();
        await broker.stop();
        const { error } = await screen.until('disconnected');
        assert.equal(error.code, 'stopping');
        await broker.start();
        await screen.until('connected', 2);
        const [first, second] = screen.all('connected');
        assert.deepEqual(first, second);
    });
});

test('a broker without CURVE knows the session by a key of its own choice', async () => {
    const broker = await Broker.started('--insecure');
    const screen = new Screen({ invitation: broker.invitation('sessions') });
    try {
        await screen.until('connected');
        assert.equal(readInvitation(readFileSync(broker.invitation('sessions'), 'utf8')).secret,
            undefined);
        const sent = await broker.crier(['send', 'Salut', '--wait', 'displayed']);
        assert.equal(sent.tally.displayed, 1);
    } finally {
        await screen.subscriber.stop();
        await broker.end();
    }
});

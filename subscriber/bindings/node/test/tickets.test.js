// Sessions that come in by tickets, and by registered keys: the core, played as in
// session_core.test.js, and with the real broker.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { sessionPublicKey, Subscriber } from '../index.js';
import { CrierError } from '../lib/errors.js';
import { Broker, Screen } from './broker.js';
import { EPOCH, HEARTBEAT, Played, SESSION } from './played.js';

const MINUTE = 60_000;

describe('a session core with tickets', () => {
    const withTickets = () => new Played({ hasTickets: true });
    const give = (played, ticket) => played.do(played.core.ticketGiven(ticket, played.now));
    const asked = (played) => played.events('ticketWanted').length;

    /** In, by a ticket that counts for so long. */
    function connected(left) {
        const played = withTickets();
        give(played, 'one');
        return played.welcome({ ticket_expires: EPOCH + left });
    }

    /** Time passes with a broker that goes on beating. */
    function beaten(played, duration) {
        for (let passed = 0; passed < duration; passed += HEARTBEAT) {
            played.receive({ t: 'heartbeat', time: EPOCH + played.now });
            played.pass(HEARTBEAT);
        }
    }

    test('asks before the first attempt, and again while nobody answers', () => {
        const played = withTickets();
        assert.deepEqual(played.told, [['ticketWanted', { session: SESSION }]]);
        played.pass(MINUTE / 2 - 1);
        assert.equal(asked(played), 1);
        played.pass(1);
        assert.equal(asked(played), 2);
        assert.deepEqual(played.opened, []);
        give(played, 'one');
        assert.deepEqual(played.opened, [{ endpoint: 'tcp://one:1', at: MINUTE / 2 }]);
        assert.equal(played.frames('hello')[0].ticket, 'one');
    });

    test('that has one already does not ask', () => {
        const played = new Played({ hasTickets: true, ticket: 'one' });
        assert.deepEqual([played.told, played.opened.length], [[], 1]);
    });

    test('asks a minute before the ticket expires, and goes on with the new one', () => {
        const played = connected(10 * MINUTE);
        beaten(played, 9 * MINUTE - HEARTBEAT);
        assert.equal(asked(played), 1);
        beaten(played, HEARTBEAT);
        assert.equal(asked(played), 2);
        give(played, 'two');
        assert.deepEqual(played.frames('ticket'), [{ t: 'ticket', ticket: 'two' }]);
        played.receive({ t: 'ticket', expires: EPOCH + played.now + 10 * MINUTE });
        beaten(played, MINUTE);
        assert.deepEqual([asked(played), played.closes], [2, 0]);
        beaten(played, 8 * MINUTE);
        assert.equal(asked(played), 3);
    });

    test('asks when two thirds of a short ticket\'s time are over', () => {
        const played = connected(6_000);
        played.pass(3_999);
        assert.equal(asked(played), 1);
        played.pass(1);
        assert.equal(asked(played), 2);
    });

    test('does not show again what the broker has not taken', () => {
        const played = withTickets();
        give(played, 'bad');
        played.receive({ t: 'refused', code: 4036, detail: 'has expired' });
        const [{ error, willReturn }] = played.events('disconnected');
        assert.deepEqual([error.code, willReturn], ['ticket_invalid', true]);
        assert.equal(asked(played), 2);
        played.pass(MINUTE);
        assert.equal(played.opened.length, 1, 'without one there is no use in trying');
        give(played, 'good');
        assert.equal(played.opened.length, 2);
        assert.equal(played.frames('hello')[1].ticket, 'good');
        assert.deepEqual(played.events('ended'), []);
    });

    test('shows the same one again after an outage', () => {
        const played = connected(10 * MINUTE);
        played.do(played.core.lost(new CrierError('broker_unreachable', 'gone'), played.now));
        played.pass(1_000);
        assert.equal(played.frames('hello')[1].ticket, 'one');
        assert.equal(asked(played), 1);
    });

    test('that is stopped asks for nothing, and its goodbye is the last word', () => {
        const played = connected(6_000);
        played.now = 5_000;
        played.do(played.core.stop(played.now));
        assert.equal(asked(played), 1);
        assert.deepEqual(played.sent.at(-1), { t: 'goodbye' });
    });

    test('without tickets ends when the broker wants one', () => {
        const played = new Played();
        played.receive({ t: 'refused', code: 4036, detail: 'none was shown' });
        assert.equal(played.events('ended')[0].cause, 'refused');
        assert.equal(asked(played), 0);
    });
});

describe('with a broker that takes tickets and registered keys', () => {
    const secret = Buffer.from("a secret of the program's server");
    let folder;
    let broker;
    let screens = [];

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), 'crier-node-tickets-'));
        const issuer = join(folder, 'shop.toml');
        writeFileSync(issuer, 'issuer = "shop"\naudience = "crier"\nalgorithm = "HS256"\n' +
            `secret = "${secret.toString('base64url')}"\n`, { mode: 0o600 });
        const config = join(folder, 'crierd.toml');
        writeFileSync(config,
            `[sessions]\ninvited = false\nticket_issuers = [${JSON.stringify(issuer)}]\n`);
        broker = await Broker.started('--config', config);
    });
    after(async () => {
        await broker.end();
        rmSync(folder, { recursive: true, force: true });
    });
    afterEach(async () => {
        await Promise.all(screens.map(({ subscriber }) => subscriber.stop()));
        screens = [];
    });

    function visitor(options = {}) {
        const screen = new Screen({
            invitation: broker.invitation('sessions'), ...options, attributes: { user: 'mallory' },
        });
        screens.push(screen);
        return screen;
    }

    /** What the program's server signs. */
    function ticketFor(session, seconds = 600) {
        const now = Math.floor(Date.now() / 1000);
        const said = {
            iss: 'shop', aud: 'crier', sub: 'vanessa', iat: now, exp: now + seconds,
            cnf: { kid: session },
        };
        const body = [{ alg: 'HS256' }, said].map(
            (one) => Buffer.from(JSON.stringify(one)).toString('base64url')).join('.');
        return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
    }

    const listed = async (screen) => (await broker.crier(['sessions'])).find(
        ({ id }) => id === screen.session);

    test('a session is its ticket\'s user, and the same one while it renews it', async () => {
        const screen = visitor({ tickets: true });
        screen.subscriber.on('ticketWanted',
            async ({ session }) => screen.subscriber.useTicket(ticketFor(session, 6)));
        await screen.until('connected');
        const first = await listed(screen);
        assert.deepEqual([first.user, first.user_verified], ['vanessa', true]);
        await screen.until('ticketWanted', 3);  // The first has expired by then.
        assert.equal((await listed(screen)).created, first.created);
        await broker.crier(['send', 'Salut', '--where', 'user=vanessa', '--wait', 'displayed']);
        assert.deepEqual(screen.texts(), ['Salut']);
        assert.deepEqual(screen.all('disconnected'), []);
    });

    test('one that has expired is told, and another one asked for', async () => {
        const screen = visitor({ tickets: true });
        screen.subscriber.useTicket(ticketFor(screen.session, -1));
        const { error, willReturn } = await screen.until('disconnected');
        assert.deepEqual([error.code, willReturn], ['ticket_invalid', true]);
        assert.match(error.message, /has expired/);
        await screen.until('ticketWanted');
        screen.subscriber.useTicket(ticketFor(screen.session, 3));
        await screen.until('connected');
        const second = await screen.until('disconnected', 2);  // Nobody renews it.
        assert.deepEqual([second.error.code, second.willReturn], ['ticket_invalid', true]);
        assert.deepEqual(screen.all('ended'), []);
    });

    test('what can be no ticket is thrown', async () => {
        const { subscriber } = visitor({ tickets: true });
        for (const ticket of ['', 'a\nb', undefined]) {
            assert.throws(() => subscriber.useTicket(ticket), { code: 'usage_invalid' });
        }
        assert.throws(() => subscriber.useTicket('a'.repeat(4_097)), { code: 'limit_exceeded' });
        await subscriber.stop();
        assert.throws(() => subscriber.useTicket('a.b.c'), { code: 'stopping' });
        assert.throws(() => visitor().subscriber.useTicket('a.b.c'), { code: 'usage_invalid' });
        assert.throws(() => new Subscriber({
            invitation: broker.invitation('sessions'), tickets: 'yes',
        }), { code: 'usage_invalid' });
    });

    test('a registered key is its user\'s until it is revoked', async () => {
        const keyFile = join(folder, 'session.key');
        const key = sessionPublicKey(keyFile);
        assert.equal(sessionPublicKey(keyFile), key);
        const refused = await visitor({ keyFile }).until('ended');
        assert.deepEqual([refused.cause, refused.error.code], ['refused', 'not_admitted']);
        assert.ok(refused.error.message.includes(key));
        await broker.crier(['keys', 'add', key, '--name', 'desk', '--rights', 'session', '--user',
            'vanessa']);
        const desk = visitor({ keyFile });
        await desk.until('connected');
        const { user, user_verified } = await listed(desk);
        assert.deepEqual([user, user_verified], ['vanessa', true]);
        await broker.crier(['keys', 'revoke', 'desk']);
        assert.equal((await desk.until('ended')).error.code, 'not_admitted');
        chmodSync(keyFile, 0o644);
        assert.throws(() => sessionPublicKey(keyFile), { code: 'file_unusable' });
        assert.throws(() => sessionPublicKey(''), { code: 'usage_invalid' });
    });
});

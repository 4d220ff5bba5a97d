// The session core: what it says, shows and repeats, and when.
// Method: the test plays broker, screen and clock; nothing waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CrierError } from '../lib/errors.js';
import { STATE } from '../lib/frames.js';
import { Mark } from '../lib/mark.js';
import { EPOCH, HEARTBEAT, MESSAGE, OTHER, Played, SESSION } from './played.js';

const unreachable = () => new CrierError('broker_unreachable', 'gone');

test('a connection begins with a hello that proves the secret', () => {
    const played = new Played();
    assert.deepEqual(played.opened, [{ endpoint: 'tcp://one:1', at: 0 }]);
    const [hello] = played.sent;
    assert.deepEqual({ ...hello, proof: hello.proof.length }, {
        t: 'hello', versions: [1, 1], proof: 32, attributes: { user: 'Vanessa' }, state: 0,
    });
});

test('the program is told of the welcome, and the clock is the broker\'s from then on', () => {
    const played = new Played();
    assert.equal(played.core.brokerTime(0), EPOCH - 60_000);
    played.welcome();
    assert.deepEqual(played.told, [['connected', { session: SESSION, opened: new Date(EPOCH) }]]);
    assert.equal(played.core.brokerTime(1_000), EPOCH + 1_000);
});

test('a message is told once, and delivered within 20 ms', () => {
    const played = new Played().welcome();
    played.message();
    played.message();
    played.pass(20);
    assert.deepEqual(played.told.map(([event]) => event), ['connected', 'message']);
    assert.deepEqual(played.frames('receipts').map(({ n }) => n), [1]);
    assert.deepEqual(played.lastReceipts, [{ ids: [MESSAGE], rev: 1, state: 1, at: EPOCH }]);
});

test('what says the same leaves as one, and a later state takes an earlier one\'s place', () => {
    const played = new Played().welcome();
    const first = played.message();
    const second = played.message({ id: OTHER, seq: 2 });
    played.report(first, 'displayed');
    played.report(second, 'displayed');
    played.pass(20);
    assert.deepEqual(played.lastReceipts,
        [{ ids: [MESSAGE, OTHER], rev: 1, state: 3, at: EPOCH }]);
    played.report(first, 'acknowledged');
    played.pass(20);
    assert.deepEqual(played.lastReceipts,
        [{ ids: [MESSAGE], rev: 1, state: 4, at: EPOCH + 20, shown: EPOCH }]);
});

test('what is not confirmed is said again after the next welcome, the rest is not', () => {
    const played = new Played().welcome();
    const message = played.message();
    played.message({ id: OTHER, seq: 2 });
    played.report(message, 'acknowledged');
    played.pass(20);
    played.report(message, 'displayed');  // A step back: nothing.
    played.receive({ t: 'heartbeat', time: EPOCH, confirmed: 0 });
    played.do(played.core.lost(unreachable(), played.now));
    played.pass(1_000).welcome();
    const [first, second] = played.frames('receipts');
    assert.deepEqual(second, first);
    played.receive({ t: 'heartbeat', confirmed: 1 });
    played.do(played.core.lost(unreachable(), played.now));
    played.pass(1_000).welcome().pass(100);
    assert.equal(played.frames('receipts').length, 2);
});

test('the next hello shows the token and what is known', () => {
    const played = new Played().welcome();
    played.report(played.message(), 'displayed');
    const closed = played.message({ id: OTHER, seq: 2 });
    played.report(closed, 'displayed');
    played.do(played.core.removedByProgram(closed, played.now));
    played.do(played.core.lost(unreachable(), played.now));
    played.pass(1_000);
    const hello = played.sent.at(-1);
    assert.equal(hello.resume.toString(), 'token');
    assert.deepEqual(hello.known, [
        { id: MESSAGE, rev: 1, state: 3, on: true },
        { id: OTHER, rev: 1, state: 3, on: false },
    ]);
});

test('a higher revision changes what the program has, a lower one nothing', () => {
    const played = new Played().welcome();
    played.report(played.message(), 'displayed');
    played.message({ rev: 3, text: 'Salut' });
    played.message({ rev: 2, text: 'Hein' });
    assert.deepEqual(played.events('changed').map(({ text, revision }) => [text, revision]),
        [['Salut', 3]]);
    played.pass(20);
    // The older revision is told too: an operator may ask what was on the screen.
    assert.deepEqual(played.lastReceipts.map(({ rev, state }) => [rev, state]), [[1, 3], [3, 1]]);
});

test('a revision of a message that was taken off is a message again', () => {
    const played = new Played().welcome();
    const message = played.message();
    played.report(message, 'displayed');
    played.do(played.core.removedByProgram(message, played.now));
    played.message({ rev: 2 });
    assert.deepEqual(played.told.map(([event]) => event), ['connected', 'message', 'message']);
});

test('a text is shown to its last character, also a first one that nobody sees', () => {
    const played = new Played().welcome();
    played.message({ text: '\ufeffBonjour \ud834\udd1e' });
    assert.equal(played.events('message')[0].text, '\ufeffBonjour \ud834\udd1e');
});

test('a bundle is its messages, in order', () => {
    const played = new Played().welcome();
    const one = (id, seq) => ({
        t: 'message', id, rev: 1, seq, topic: 'session', text: `${seq}`, severity: 2, style: 1,
        from: 'operator', sent: EPOCH, deliver_until: EPOCH + 1_000,
    });
    played.receive({ t: 'bundle', list: [one(MESSAGE, 1), one(OTHER, 2)] });
    assert.deepEqual(played.events('message').map(({ text, topic }) => [text, topic]),
        [['1', `session/${SESSION}`], ['2', `session/${SESSION}`]]);
});

test('what comes after deliver_until is delivered, and not shown', () => {
    const played = new Played().welcome();
    played.message({ deliver_until: EPOCH - 1 });
    played.pass(20);
    assert.deepEqual(played.events('message'), []);
    assert.equal(played.lastReceipts[0].state, 1);
});

test('a message leaves the screen at its time by the broker\'s clock, connected or not', () => {
    const played = new Played().welcome({ time: EPOCH + 7_000 });
    played.report(played.message({ off_screen_at: EPOCH + 10_000 }), 'displayed');
    played.pass(20);
    played.do(played.core.lost(unreachable(), played.now));
    played.until(2_999);
    assert.deepEqual(played.events('removed'), []);
    played.until(3_001);
    assert.deepEqual(played.events('removed'), [{ id: MESSAGE, cause: 'expired' }]);
    played.until(4_000).welcome();
    const { removed, gone } = played.lastReceipts[0];
    assert.deepEqual([removed, gone], [true, EPOCH + 10_000]);
});

test('a remove takes it off with its cause, and is told as removed', () => {
    const played = new Played().welcome();
    played.report(played.message(), 'displayed');
    played.receive({ t: 'remove', id: MESSAGE, cause: 1 });
    played.receive({ t: 'remove', id: MESSAGE, cause: 1 });
    played.receive({ t: 'remove', id: OTHER, cause: 1 });
    played.pass(20);
    assert.deepEqual(played.events('removed'), [{ id: MESSAGE, cause: 'recalled' }]);
    assert.equal(played.lastReceipts[0].removed, true);
});

test('what was never shown is not told as removed from the screen', () => {
    const played = new Played().welcome();
    played.report(played.message(), 'suppressed', { cause: 'busy' });
    played.receive({ t: 'remove', id: MESSAGE, cause: 1 });
    played.pass(20);
    assert.equal(played.events('removed').length, 1);
    assert.deepEqual(played.lastReceipts,
        [{ ids: [MESSAGE], rev: 1, state: 2, at: EPOCH, cause: 'busy' }]);
});

test('while a revision is held back the one before counts as on the screen', () => {
    const played = new Played().welcome();
    const first = played.message();
    played.report(first, 'displayed');
    const second = played.message({ rev: 2 });
    played.report(second, 'suppressed', { cause: 'busy' });
    played.pass(20);
    played.do(played.core.removedByProgram(first, played.now));
    played.pass(20);
    assert.deepEqual(played.lastReceipts.map(({ rev, removed }) => [rev, removed]), [[1, true]]);
    played.report(second, 'displayed');
    played.pass(20);
    assert.deepEqual(played.lastReceipts.map(({ rev, state }) => [rev, state]), [[2, 3]]);
});

test('an answer goes out with its choice, another too, and one that is not offered never', () => {
    const played = new Played().welcome();
    const message = played.message({ choices: ['yes', 'no'], off_screen_at: EPOCH + 60_000 });
    played.report(message, 'answered', { answer: 2 });
    played.pass(20);
    assert.equal(played.lastReceipts[0].state, 1);
    played.report(message, 'answered', { answer: 1 });
    played.pass(20);
    assert.deepEqual(played.lastReceipts.map(({ state, answer }) => [state, answer]), [[5, 1]]);
    played.report(message, 'answered', { answer: 0 });
    played.pass(20);
    assert.deepEqual(played.lastReceipts.map(({ state, answer }) => [state, answer]), [[5, 0]]);
});

test('another answer is the later one, also by the clock of another broker', () => {
    const mark = new Mark(1, 1_000);
    mark.reach(STATE.answered, 2_000, { answer: 1 }, true);
    assert.equal(mark.at, 2_000);
    mark.reach(STATE.answered, 1_500, { answer: 0 }, true);
    assert.equal(mark.at, 2_001);
});

test('a displayed message escalates step by step until it is acknowledged', () => {
    const escalation = [{ after: 1_000, urgency: 1 }, { after: 3_000, urgency: 2 }];
    const played = new Played().welcome();
    const message = played.message({ escalation });
    played.pass(500);
    played.report(message, 'displayed');
    played.pass(999);
    assert.deepEqual(played.events('escalated'), []);
    played.pass(1);
    assert.deepEqual(played.events('escalated'), [{ ...message, urgency: 'alert' }]);
    played.report(message, 'acknowledged');
    played.pass(5_000);
    assert.equal(played.events('escalated').length, 1);
});

test('of steps that have come at once the last one counts', () => {
    const played = new Played().welcome();
    const escalation = [{ after: 1_000, urgency: 1 }, { after: 2_000, urgency: 2 }];
    const message = played.message({ escalation });
    played.report(message, 'displayed');
    played.now = 2_500;  // The machine slept.
    played.do(played.core.timePassed(played.now));
    assert.deepEqual(played.events('escalated'), [{ ...message, urgency: 'sound' }]);
});

test('it beats, and a broker that is silent for two and a half beats is lost', () => {
    const played = new Played().welcome();
    played.until(12_499);
    assert.deepEqual(played.frames('heartbeat').map(({ time }) => time),
        [EPOCH + HEARTBEAT, EPOCH + 2 * HEARTBEAT]);
    assert.deepEqual(played.events('disconnected'), []);
    played.until(12_500);
    assert.deepEqual(played.events('disconnected').map(({ error }) => error.code),
        ['broker_unreachable']);
    assert.equal(played.closes, 1);
});

test('pauses grow with each round over the endpoints, and begin anew after a welcome', () => {
    const played = new Played({ endpoints: ['a', 'b'] });
    for (let attempt = 1; attempt < 12; ++attempt) {
        played.do(played.core.lost(unreachable(), played.now));
        played.until(Math.ceil(played.core.deadline));
    }
    const pauses = played.opened.slice(1).map(({ at }, index) => at - played.opened[index].at);
    assert.deepEqual(pauses, [50, 375, 50, 750, 50, 1_500, 50, 3_000, 50, 6_000, 50]);
    assert.deepEqual(played.opened.slice(0, 3).map(({ endpoint }) => endpoint), ['a', 'b', 'a']);
    assert.equal(played.events('disconnected').length, 1);
    played.welcome();
    played.do(played.core.lost(unreachable(), played.now));
    played.pass(250);
    assert.equal(played.opened.at(-1).endpoint, 'a');
    assert.equal(played.opened.at(-1).at, played.now);
});

test('a broker that does not answer the hello is given up after 5 s', () => {
    const played = new Played().until(5_000);
    assert.deepEqual(played.events('disconnected').map(({ error }) => error.code), ['timed_out']);
});

for (const [code, cause] of [[4031, 'refused'], [4033, 'replaced'], [4034, 'dropped'],
    [4999, 'refused']]) {
    test(`refused with ${code}: it ends as ${cause}, and never comes back`, () => {
        const played = new Played();
        played.receive({ t: 'refused', code, detail: 'no' });
        assert.deepEqual(played.events('ended').map((ended) => [ended.cause, ended.error.number]),
            [[cause, code]]);
        assert.equal(played.events('disconnected').at(-1).willReturn, false);
        assert.equal(played.core.deadline, Infinity);
    });
}

for (const code of [4035, 4290, 5030, 5031, 5032, 5070, 5999]) {
    test(`refused with ${code}: it comes back later`, () => {
        const played = new Played();
        played.receive({ t: 'refused', code, detail: 'later' });
        assert.deepEqual(played.events('disconnected').map(({ error }) => error.number), [code]);
        played.pass(1_000);
        assert.equal(played.opened.length, 2);
    });
}

test('goodbye: it comes back when it is told to, and else never', () => {
    const played = new Played().welcome();
    played.receive({ t: 'goodbye', come_back_after: 2_000 });
    played.until(2_249);
    assert.equal(played.opened.length, 1);
    played.until(2_250);
    assert.equal(played.opened.length, 2);
    played.welcome();
    played.receive({ t: 'goodbye', reason: 'for good' });
    assert.deepEqual(played.events('ended').map(({ cause }) => cause), ['dismissed']);
});

test('a frame that is not understood is a problem, and ends the connection', () => {
    const played = new Played().welcome();
    played.do(played.core.received(Buffer.from('nonsense'), played.now));
    assert.deepEqual(played.events('problem').map(({ code }) => code), ['malformed_frame']);
    assert.equal(played.closes, 1);
    played.pass(1_000);
    assert.equal(played.opened.length, 2);
});

test('a message before the welcome, and a second welcome, are not understood either', () => {
    const early = new Played();
    early.message();
    const twice = new Played().welcome().welcome();
    for (const played of [early, twice]) {
        assert.deepEqual(played.events('problem').map(({ code }) => code), ['malformed_frame']);
    }
});

test('presence goes out when it changes, and with each hello', () => {
    const played = new Played().welcome();
    played.do(played.core.presenceChanged('locked', 0));
    played.do(played.core.presenceChanged('locked', 0));
    assert.deepEqual(played.frames('state'), [{ t: 'state', state: 1 }]);
    played.do(played.core.lost(unreachable(), 0));
    played.pass(1_000);
    assert.equal(played.sent.at(-1).state, 1);
});

test('stop says what is still to be said, and goodbye', () => {
    const played = new Played().welcome();
    played.message();
    played.do(played.core.stop(played.now));
    assert.deepEqual(played.sent.slice(1).map(({ t }) => t), ['receipts', 'goodbye']);
    assert.equal(played.closes, 1);
    assert.equal(played.core.deadline, Infinity);
});

test('the clock follows small differences slowly, big ones at once, and does not go back', () => {
    const played = new Played().welcome();
    played.receive({ t: 'heartbeat', time: EPOCH - 400 });
    assert.equal(played.core.brokerTime(0), EPOCH);
    assert.equal(played.core.brokerTime(200), EPOCH + 100);
    played.receive({ t: 'heartbeat', time: EPOCH + 3_600_000 });
    assert.equal(played.core.brokerTime(0), EPOCH + 3_600_000);
});

test('what is over, confirmed and old is forgotten', () => {
    const played = new Played().welcome();
    const message = played.message();
    played.report(message, 'acknowledged');
    played.do(played.core.removedByProgram(message, 0));
    for (let time = 5_000; time <= 365_000; time += 5_000) {
        played.until(time);
        played.receive({ t: 'heartbeat', confirmed: 1 });
    }
    played.do(played.core.lost(unreachable(), played.now));
    played.pass(1_000);
    assert.equal(played.sent.at(-1).known, undefined);
});

test('five hundred messages at once are five hundred receipts in few frames', () => {
    const played = new Played().welcome();
    for (let seq = 1; seq <= 500; ++seq) {
        const id = seq.toString(16).padStart(32, '0');
        played.report(played.message({ id, seq }), 'displayed');
    }
    played.pass(20);
    const frames = played.frames('receipts');
    assert.ok(frames.length <= 10, `${frames.length}`);
    const ids = frames.flatMap(({ list }) => list.flatMap((one) => one.ids));
    assert.equal(new Set(ids).size, 500);
});

"""The alert window on real displays: what a person sees, presses and hears of it.

Method: the real crier-alert under an X server of its own with openbox, or under sway without a
screen; xdotool moves the mouse and presses keys; lines of JSON go in and come out.
"""

import os
import signal
import subprocess
import unittest

from screen_support import (BIN, DEADLINE_S, SCREEN, SETTLING_S, SHOTS, ScreenTest, read_pipe, run,
                            until, without_display)

LONG = "\n".join(f"Line {number} of a text that is too long for any screen." for number in
                 range(1, 201))
QUESTION = {"severity": "warning", "header": "WARNING", "title": "Maintenance tonight",
            "text": "When may the server restart?", "choices": ["now", "10 more minutes", "no"]}
CRITICAL = {"severity": "critical", "header": "CRITICAL", "title": "Storage is full",
            "text": "Nothing that you save is kept.", "acknowledge": "I have read this",
            "facts": ["from Émilie, 20:40", "to you", "expires 22:00"]}


class Showing(ScreenTest):
    def test_a_message_is_displayed_once_and_a_newer_revision_in_its_place(self):
        alert = self.alert()
        alert.show_and_wait("a", **CRITICAL)
        self.shoot("critical")
        window = self.window(alert)
        alert.show_and_wait("a", **{**CRITICAL, "revision": 2, "text": "There is room again."})
        self.assertEqual(self.window(alert), window)
        self.assertEqual(len(alert.tree.matching("alert")), 1)
        self.assertIn("There is room again.", alert.tree.texts())
        # The same again, with another note: nothing new is displayed.
        alert.show("a", **{**CRITICAL, "revision": 2, "text": "There is room again.",
                           "note": "Seen by two others."})
        until(lambda: "Seen by two others." in alert.tree.texts(), "the note")
        alert.show("a", **CRITICAL)  # An older one is refused.
        alert.wait_for("error")
        self.assertEqual(alert.all("displayed"), [{"displayed": "a", "revision": 1},
                                                  {"displayed": "a", "revision": 2}])

    def test_three_messages_are_in_one_window_the_newest_at_the_top(self):
        alert = self.alert()
        alert.show_and_wait("a", text="First.", facts=["from ops, 20:40", "to all"],
                            header="Information")
        alert.show_and_wait("b", **QUESTION)
        alert.show_and_wait("c", **CRITICAL)
        self.shoot("three_messages")
        self.window(alert)
        self.assertEqual(len(alert.tree.matching("label", "3 messages")), 1)
        tops = [alert.tree.area(node)[1] for node in alert.tree.matching("alert")]
        names = [node.name for node in alert.tree.matching("alert")]
        self.assertEqual(tops, sorted(tops))
        self.assertEqual(names, ["CRITICAL: Storage is full", "WARNING: Maintenance tonight",
                                 "Information"])
        alert.write({"remove": "b"}, {"remove": "unknown"})
        alert.tree.find("label", "2 messages")
        alert.write({"remove": "a"}, {"remove": "c"})
        self.until_hidden()
        # It waits for the next one.
        alert.show_and_wait("d", text="Next.")
        self.assertEqual(len(alert.tree.matching("alert")), 1)
        self.assertEqual(alert.all("dismissed"), [])

    def test_markup_is_shown_as_it_was_written(self):
        alert = self.alert()
        markup = "<b>bold</b> &amp; <img src=x> <a href='http://x'>y</a>"
        alert.show_and_wait("a", header=markup, title=markup, text=markup, facts=[markup],
                            note=markup, choices=[markup], acknowledge=markup, hide=markup)
        self.shoot("markup")
        self.assertEqual([text.strip("\u2068\u2069") for text in alert.tree.texts()], [markup] * 5)
        self.assertEqual(len(alert.tree.matching("push button", markup)), 2)

    def test_a_countdown_goes_on_in_the_text_and_above_the_buttons(self):
        alert = self.alert()
        alert.show_and_wait("a", **{**QUESTION, "text": ...},
                            parts=["It ends in ", ". Yes, in ", "."], countdown_ms=65_000)
        self.shoot("countdown")

        def time_left():
            texts = [text for text in alert.tree.texts() if text.startswith("It ends in ")]
            labels = [node.name for node in alert.tree.matching("label") if ":" in node.name]
            if len(texts) != 1 or len(labels) != 1:
                return None
            words = labels[0]
            # They may change between the two questions.
            return words if texts[0] == f"It ends in {words}. Yes, in {words}." else None
        first = until(time_left, "the time in both places")
        self.assertIn(first, ("1:05", "1:04", "1:03", "1:02"))
        until(lambda: (time_left() or first) < first, "the time's going on")

    def test_what_reads_from_right_to_left_stands_so(self):
        alert = self.alert()
        alert.write({"window": {"title": "رسائل", "rtl": True, "heading": "{count} رسائل"}})
        alert.show_and_wait("a", severity="warning", header="تحذير", title="صيانة الليلة",
                            text="سيعاد تشغيل الخادم server-7 الساعة 22:00. يرجى حفظ عملك.",
                            choices=["الآن", "لا"], acknowledge="لقد قرأت هذا", hide="إخفاء",
                            facts=["from ops, 20:40", "إلى الجميع"], note="تمت الإجابة")
        first = alert.tree.area(alert.tree.find("radio button", "الآن"))
        second = alert.tree.area(alert.tree.find("radio button", "لا"))
        self.assertGreater(first[0], second[0])
        alert.show_and_wait("b", **QUESTION)  # Each message in its own direction.
        self.shoot("right_to_left")
        now = alert.tree.area(alert.tree.find("radio button", "now"))
        no = alert.tree.area(alert.tree.find("radio button", "no"))
        self.assertLess(now[0], no[0])

    def test_an_urgent_one_asks_for_attention_and_a_ring_does_so_again(self):
        alert = self.alert()

        def demands(window):
            return "DEMANDS_ATTENTION" in self.display.property("-id", window, "_NET_WM_STATE")
        other = self.alert()  # Which has the keyboard meanwhile.
        other.show_and_wait("x")
        self.activate(other)
        alert.show_and_wait("a", **CRITICAL)
        window = self.window(alert)
        self.assertFalse(demands(window))
        self.assertIn("STATE_ABOVE", self.display.property("-id", window, "_NET_WM_STATE"))
        alert.write({"ring": "a"}, {"ring": "unknown"})
        until(lambda: demands(window), "the asking for attention")

    def test_lines_that_are_not_understood_are_told_and_the_next_ones_are_read(self):
        alert = self.alert()
        alert.write("nonsense", '{"show":{"id":"x"}}', '{"remove":7}', "x" * 300_000)
        alert.show_and_wait("a")
        errors = [line["error"] for line in alert.all("error")]
        self.assertEqual(len(errors), 4, errors)
        self.assertIn("longer than 262144 bytes", errors[3])


class Buttons(ScreenTest):
    def test_a_click_on_a_choice_answers_and_the_choice_is_marked(self):
        alert = self.alert()
        alert.show_and_wait("q", **QUESTION)
        self.shoot("question")
        said = self.click_until(alert, "radio button", "10 more minutes", "answered")
        self.assertEqual(said, {"answered": "q", "revision": 1, "choice": 1})
        alert.show("q", **QUESTION, answer=1,
                   note="Answered: 10 more minutes. You can change it until the question closes.")
        checked = alert.tree.spi.STATE_CHECKED
        until(lambda: [node.name for node in alert.tree.matching("radio button")
                       if node.getState().contains(checked)] == ["10 more minutes"], "the mark")
        self.shoot("answered")
        self.click_until(alert, "radio button", "no", "answered", choice=2)

    def test_acknowledging_is_said_once_and_the_window_leaves_the_message(self):
        alert = self.alert()
        alert.show_and_wait("a", **CRITICAL)
        said = self.click_until(alert, "push button", "I have read this", "acknowledged")
        self.assertEqual(said, {"acknowledged": "a", "revision": 1})
        self.point_at(alert, "push button", "I have read this")
        run("xdotool", "click", "1")
        self.click_until(alert, "push button", "Hide", "dismissed")  # It is still there.
        self.assertEqual(len(alert.all("acknowledged")), 1)

    def test_hiding_one_message_dismisses_it_and_leaves_the_others(self):
        alert = self.alert()
        alert.show_and_wait("a", **CRITICAL, hide="Away with it")
        alert.show_and_wait("b", **QUESTION)
        said = self.click_until(alert, "push button", "Away with it", "dismissed")
        self.assertEqual(said, {"dismissed": "a", "revision": 1})
        until(lambda: len(alert.tree.matching("alert")) == 1, "the other message alone")
        self.click_until(alert, "push button", "Hide", "dismissed", dismissed="b")
        self.until_hidden()
        self.assertEqual(alert.all("acknowledged") + alert.all("answered"), [])

    def test_buttons_are_deaf_just_after_they_appeared(self):
        alert = self.alert()
        alert.show_and_wait("a", **CRITICAL)
        self.click_until(alert, "push button", "I have read this", "acknowledged")
        heard_after = alert.time_of("acknowledged") - alert.time_of("displayed")
        self.assertGreater(heard_after, SETTLING_S - 0.1)

    def test_nothing_moves_under_a_mouse_button_that_is_pressed(self):
        alert = self.alert()
        alert.show_and_wait("q", **QUESTION)
        self.click_until(alert, "radio button", "now", "answered")  # They hear now.
        before = alert.tree.area(alert.tree.find("radio button", "no"))
        self.point_at(alert, "radio button", "no")
        run("xdotool", "mousedown", "1")
        pressed = alert.tree.spi.STATE_PRESSED
        until(lambda: alert.tree.find("radio button", "no").getState().contains(pressed),
              "the press")
        alert.show("new", **CRITICAL)
        self.assertTrue(alert.is_quiet("displayed", displayed="new"))
        self.assertEqual(alert.tree.area(alert.tree.find("radio button", "no")), before)
        run("xdotool", "mouseup", "1")
        alert.wait_for("answered", choice=2)
        alert.displayed("new")

    def test_closing_the_window_dismisses_every_message_and_acknowledges_none(self):
        for close in (lambda alert: run("wmctrl", "-i", "-c", self.window(alert)),
                      lambda alert: (self.activate(alert), run("xdotool", "key", "alt+F4"))):
            alert = self.alert()
            alert.show_and_wait("a", **CRITICAL)
            alert.show_and_wait("b", **QUESTION)
            close(alert)
            alert.wait_for("dismissed", dismissed="a", revision=1)
            alert.wait_for("dismissed", dismissed="b", revision=1)
            self.until_hidden()
            alert.show_and_wait("c", text="It goes on.")
            self.assertEqual(len(alert.all("dismissed")), 2)
            self.assertEqual(alert.all("acknowledged"), [])
            self.assertEqual(alert.end(), 0)


class Keyboard(ScreenTest):
    def test_tab_goes_through_everything_and_enter_and_space_press(self):
        alert = self.alert()
        alert.show_and_wait("q", **QUESTION, acknowledge="I have read this")
        self.activate(alert)
        seen = [until(alert.tree.focused, "the focus")]
        for _ in range(5):
            run("xdotool", "key", "Tab")
            seen.append(until(lambda: (now := alert.tree.focused()) != seen[-1] and now, "Tab"))
        self.assertEqual(seen, [("text", "WARNING: Maintenance tonight"), ("radio button", "now"),
                                ("radio button", "10 more minutes"), ("radio button", "no"),
                                ("push button", "I have read this"), ("push button", "Hide")])
        run("xdotool", "key", "shift+Tab")
        until(lambda: alert.tree.focused() == ("push button", "I have read this"), "Shift-Tab")
        self.shoot("focus")
        self.press_until(alert, "Return", "acknowledged")
        run("xdotool", "key", "shift+Tab")
        until(lambda: alert.tree.focused() == ("radio button", "no"), "Shift-Tab")
        self.press_until(alert, "space", "answered", choice=2)

    def test_digits_choose_and_escape_does_nothing(self):
        alert = self.alert()
        alert.show_and_wait("other", **CRITICAL)
        alert.show_and_wait("q", **QUESTION)
        self.activate(alert)
        until(alert.tree.focused, "the focus")
        run("xdotool", "key", "Escape")
        said = self.press_until(alert, "2", "answered")
        self.assertEqual(said, {"answered": "q", "revision": 1, "choice": 1})
        run("xdotool", "key", "Escape", "9", "Escape")
        self.press_until(alert, "3", "answered", choice=2)
        self.assertEqual(len(alert.tree.matching("alert")), 2)
        self.assertEqual(alert.all("dismissed") + alert.all("acknowledged"), [])

    def test_the_keyboard_selects_text_and_the_view_follows(self):
        alert = self.alert()
        alert.show_and_wait("a", **{**CRITICAL, "text": LONG})
        self.activate(alert)
        until(lambda: alert.tree.focused() == ("text", "CRITICAL: Storage is full"), "the focus")
        run("xdotool", "key", "ctrl+shift+End")
        button = alert.tree.find("push button", "I have read this")
        until(lambda: alert.tree.area(button)[1] < SCREEN[1], "the end of the text")
        text = alert.tree.find("text", "CRITICAL: Storage is full").queryText()
        self.assertEqual(text.getSelection(0), (0, len(LONG)))
        self.shoot("selection")

    def test_it_does_not_take_the_keyboard_from_whoever_is_typing(self):
        typing = self.alert()
        typing.show_and_wait("x", **QUESTION)
        self.activate(typing)
        until(typing.tree.focused, "the focus")
        alert = self.alert()
        alert.show_and_wait("a", **QUESTION, urgent=True)
        self.press_until(typing, "1", "answered")
        self.assertEqual(alert.all("answered"), [])
        self.assertIsNone(alert.tree.focused())

    def test_the_focus_stays_where_it_is_when_the_message_changes(self):
        alert = self.alert()
        alert.show_and_wait("q", **QUESTION)
        self.activate(alert)
        until(alert.tree.focused, "the focus")
        run("xdotool", "key", "Tab", "Tab")
        second = ("radio button", "10 more minutes")
        until(lambda: alert.tree.focused() == second, "the second choice")
        alert.show_and_wait("q", **{**QUESTION, "text": "Another text.", "revision": 2})
        self.assertEqual(alert.tree.focused(), second)
        # Other choices: no key may press what was not there before.
        alert.show_and_wait("q", **{**QUESTION, "choices": ["yes", "no"], "revision": 3})
        self.assertEqual(alert.tree.focused()[0], "text")


class Exposure(ScreenTest):
    """`displayed` is said when a person can see it, and not before."""

    def minimize(self, number):
        run("xdotool", "windowminimize", "--sync", number)
        until(lambda: "HIDDEN" in self.display.property("-id", number, "_NET_WM_STATE"),
              "minimizing")

    def test_not_before_the_window_manager_has_mapped_it(self):
        self.display.manager.send_signal(signal.SIGSTOP)
        self.addCleanup(self.display.manager.send_signal, signal.SIGCONT)
        alert = self.alert()
        alert.show("a", **CRITICAL)
        self.assertTrue(alert.is_quiet("displayed"))
        self.display.manager.send_signal(signal.SIGCONT)
        alert.displayed("a")

    def test_not_while_the_window_is_minimized(self):
        alert = self.alert()
        alert.show_and_wait("a", **CRITICAL)
        number = str(int(self.window(alert), 16))
        self.minimize(number)
        alert.show("a", **{**CRITICAL, "revision": 2})
        self.assertTrue(alert.is_quiet("displayed", revision=2))
        run("xdotool", "windowactivate", "--sync", number)
        alert.displayed("a", 2)

    def test_a_new_message_brings_a_minimized_window_back(self):
        alert = self.alert()
        alert.show_and_wait("a", **CRITICAL)
        self.minimize(str(int(self.window(alert), 16)))
        alert.show("a", **{**CRITICAL, "revision": 2})
        self.assertTrue(alert.is_quiet("displayed", revision=2))
        alert.show_and_wait("b", **QUESTION)

    def test_not_while_other_messages_have_pushed_it_out_of_sight(self):
        alert = self.alert()
        alert.write({"show": {"id": "below", "revision": 1, "severity": "info", "text": "Seen?"}},
                    {"show": {"id": "above", "revision": 1, "severity": "info", "text": LONG}})
        alert.displayed("above")
        self.assertTrue(alert.is_quiet("displayed", displayed="below"))
        self.activate(alert)
        self.press_until(alert, "End", "displayed", displayed="below")


class Layout(ScreenTest):
    def inside(self, alert):
        """The whole window is on the screen; returns x, y, width and height."""
        left, top, width, height = self.display.frame(self.window(alert))
        self.assertGreaterEqual(left, 0)
        self.assertGreaterEqual(top, 0)
        self.assertLessEqual(left + width, SCREEN[0])
        self.assertLessEqual(top + height, SCREEN[1])
        self.assertLessEqual(height, SCREEN[1] * 0.8 + 1)
        return left, top, width, height

    def test_a_long_text_scrolls_and_its_buttons_can_be_reached(self):
        alert = self.alert()
        alert.show_and_wait("a", **{**CRITICAL, "text": LONG})
        self.shoot("long_text")
        _, top, _, height = self.inside(alert)
        button = alert.tree.find("push button", "I have read this")
        self.assertGreater(alert.tree.area(button)[1], top + height)
        self.activate(alert)
        until(alert.tree.focused, "the focus")
        run("xdotool", "key", "End")
        until(lambda: alert.tree.area(button)[1] < top + height, "the end of the text")
        self.shoot("long_text_end")
        facts = alert.tree.area(alert.tree.matching("text")[-1])
        self.assertGreater(facts[1] + 4 * facts[3], top + height)  # No void below.
        self.click_until(alert, "push button", "I have read this", "acknowledged")

    def test_words_that_have_no_blanks_are_broken_and_not_cut(self):
        alert = self.alert()
        word = "https://example.org/" + "abcdefghij" * 30
        alert.show_and_wait("a", **{**QUESTION, "text": word, "title": word[:200],
                                    "choices": [word[:80], "no"], "facts": [word[:120]]})
        self.shoot("long_words")
        left, _, width, _ = self.inside(alert)
        for node in (*alert.tree.matching("text"), *alert.tree.matching("radio button")):
            x, _, wide, _ = alert.tree.area(node)
            self.assertGreaterEqual(x, left)
            self.assertLessEqual(x + wide, left + width)

    def test_nine_choices_find_their_room(self):
        alert = self.alert()
        choices = [f"answer number {number}" for number in range(1, 9)] + ["none of them"]
        alert.show_and_wait("a", **{**QUESTION, "choices": choices}, acknowledge="Read")
        self.shoot("nine_choices")
        self.inside(alert)
        self.assertEqual(alert.tree.matching("scroll bar"), [])  # All are in view.
        self.assertEqual(len(alert.tree.matching("radio button")), 9)

    def test_twice_as_large_it_still_fits_and_can_be_clicked(self):
        os.environ["QT_SCALE_FACTOR"] = "2"
        self.addCleanup(os.environ.pop, "QT_SCALE_FACTOR")
        alert = self.alert()
        alert.show_and_wait("q", **QUESTION, facts=["from ops, 20:40", "to all"])
        self.shoot("twice_as_large")
        self.inside(alert)
        self.click_until(alert, "radio button", "10 more minutes", "answered", choice=1)

    def test_larger_letters_make_everything_larger(self):
        small = self.alert()
        small.show_and_wait("q", **QUESTION)
        before = self.inside(small)
        self.assertEqual(small.end(), 0)
        alert = self.alert(QT_FONT_DPI="144")
        alert.show_and_wait("q", **QUESTION, facts=["from ops, 20:40", "to all"])
        self.shoot("larger_letters")
        after = self.inside(alert)
        self.assertGreater(after[2], 1.4 * before[2])
        self.assertGreater(after[3], 1.4 * before[3])

    def test_emoji_and_many_scripts(self):
        alert = self.alert()
        text = "💾 ⚠️ 👩‍🔧 Ωμέγα, Привет, नमस्ते, שלום"
        alert.show_and_wait("a", text=text, title="Scripts 🌍", choices=["👍", "👎"])
        self.shoot("scripts")
        self.assertIn(text, alert.tree.texts())


class Accessibility(ScreenTest):
    def test_a_screen_reader_finds_the_text_and_the_buttons_and_can_press_them(self):
        alert = self.alert()
        alert.show_and_wait("q", **{**QUESTION, "facts": ["from ops, 20:40", "to all"]},
                            acknowledge="I have read this")
        tree = alert.tree
        tree.find("dialog", "Messages")
        message = tree.find("alert", "WARNING: Maintenance tonight")
        self.assertEqual(message.description, "from ops, 20:40, to all")
        self.assertIn("When may the server restart?", tree.texts())
        self.assertEqual([node.name for node in tree.matching("radio button")],
                         QUESTION["choices"])
        self.assertEqual([node.name for node in tree.matching("push button")],
                         ["I have read this", "Hide"])
        tree.find("radio button", "no").queryAction().doAction(0)
        alert.wait_for("answered", choice=2)
        tree.find("push button", "I have read this").queryAction().doAction(0)
        alert.wait_for("acknowledged")


class WithoutManager(ScreenTest):
    is_managed = False

    def test_without_a_window_manager_it_is_shown_and_not_said_to_be_kept_on_top(self):
        alert = self.alert()
        self.assertEqual(alert.ready, {"platform": "xcb", "kept_on_top": False})
        alert.show_and_wait("a", **CRITICAL)
        self.shoot("without_window_manager")
        self.click_until(alert, "push button", "I have read this", "acknowledged")


class Starting(ScreenTest):
    def test_with_a_window_manager_it_is_kept_on_top(self):
        self.assertEqual(self.alert().ready, {"platform": "xcb", "kept_on_top": True})

    def test_when_its_input_ends_the_window_closes_and_it_ends(self):
        alert = self.alert()
        alert.show_and_wait("a", **CRITICAL)
        self.window(alert)
        self.assertEqual(alert.end(), 0)
        self.until_hidden()
        self.assertEqual(alert.all("dismissed"), [])

    def test_when_nobody_reads_its_output_it_ends(self):
        reading, writing = os.pipe()
        process = self.processes.start(BIN / "crier-alert", stdin=subprocess.PIPE, stdout=writing)
        os.close(writing)
        read_pipe(reading, "the first line")
        os.close(reading)
        process.stdin.write(b"nonsense\n")
        process.stdin.flush()
        self.assertEqual(process.wait(DEADLINE_S), 7)

    def run_alert(self, *arguments, **environment):
        return subprocess.run([BIN / "crier-alert", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE_S,
                              env=without_display(**environment))

    def test_without_a_display_it_says_so(self):
        for environment in ({}, {"DISPLAY": ":4711"}, {"WAYLAND_DISPLAY": "wayland-4711"}):
            done = self.run_alert(**environment)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("crier-alert: there is no display", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_help_and_version_need_no_display(self):
        self.assertRegex(self.run_alert("--version").stdout, r"^crier-alert \d+\.\d+\.\d+\n$")
        said = self.run_alert("--help")
        self.assertEqual(said.returncode, 0)
        self.assertIn("crier-agent starts it", said.stdout)
        self.assertLessEqual(max(map(len, said.stdout.splitlines())), 80)
        wrong = self.run_alert("--loud")
        self.assertEqual(wrong.returncode, 64)
        self.assertIn("--help", wrong.stderr)

    def test_the_example_in_the_help_shows_a_message(self):
        said = self.run_alert("--help").stdout
        example = said[said.index("    (echo"):said.index("ENVIRONMENT")]
        process = self.processes.start(
            "sh", "-c", example, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"})
        said = ""
        while '"displayed"' not in said:
            said += read_pipe(process.stdout.fileno(), "displayed")
        process.stdin.close()
        process.wait(DEADLINE_S)


class Wayland(ScreenTest):
    """Under sway, which needs no screen."""

    def setUp(self):
        super().setUp()
        fifo = self.folder / "started"
        os.mkfifo(fifo)
        started = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, started)
        writer = os.open(fifo, os.O_WRONLY)  # Until sway writes, so that reading waits.
        self.addCleanup(os.close, writer)
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        command = ["sway", "-c", self.folder / "config"]
        if os.getuid() == 0:  # Where it refuses to run.
            nobody = 65534
            os.chown(runtime, nobody, nobody)
            self.folder.chmod(0o755)
            fifo.chmod(0o666)
            command = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups",
                       "--pdeathsig=KILL", *command]
        (self.folder / "config").write_text(
            "output HEADLESS-1 resolution 1280x800\n"
            "for_window [app_id=\"crier-alert\"] floating enable\n"
            f"exec echo \"$WAYLAND_DISPLAY $SWAYSOCK\" > {fifo}\n")
        self.processes.start(
            *command,
            env=without_display(XDG_RUNTIME_DIR=str(runtime), HOME=str(runtime),
                                WLR_BACKENDS="headless", WLR_RENDERER="pixman",
                                WLR_LIBINPUT_NO_DEVICES="1"))
        name, self.socket = read_pipe(started, "sway's start").split()
        self.wayland = {"WAYLAND_DISPLAY": str(runtime / name), "DISPLAY": ""}

    def sway(self, *command):
        return run("swaymsg", "-s", self.socket, *command)

    def shoot_wayland(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        subprocess.run(["grim", SHOTS / f"{name}.png"], check=True, timeout=DEADLINE_S,
                       env={**os.environ, **self.wayland})

    def test_it_is_shown_and_not_said_to_be_kept_on_top(self):
        alert = self.alert(**self.wayland)
        self.assertEqual(alert.ready, {"platform": "wayland", "kept_on_top": False})
        alert.show_and_wait("a", **CRITICAL)
        alert.show_and_wait("q", **QUESTION)
        self.shoot_wayland("wayland")
        alert.tree.find("radio button", "no").queryAction().doAction(0)
        alert.wait_for("answered", choice=2)
        alert.write({"remove": "a"}, {"remove": "q"})
        until(lambda: "crier-alert" not in self.sway("-t", "get_tree"), "the window's hiding")
        alert.show_and_wait("b")
        self.assertEqual(alert.end(), 0)

    def test_not_displayed_on_a_workspace_that_nobody_sees(self):
        alert = self.alert(**self.wayland)
        alert.show_and_wait("a", **CRITICAL)
        self.sway("workspace", "2")
        alert.show("a", **{**CRITICAL, "revision": 2})
        self.assertTrue(alert.is_quiet("displayed", revision=2))
        self.sway("workspace", "1")
        alert.displayed("a", 2)


if __name__ == "__main__":
    unittest.main()

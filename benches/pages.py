#!/usr/bin/env python3
"""report.html in a real browser: what it costs to write, and how it paints, searches and scrolls.

    benches/pages.py AFFIANT FOLDER [--messages 100000] [--split N] [--browser chromium]

makes in FOLDER (new, or of an earlier run) an evidence of the Android sample with MESSAGES text messages, its report, and screenshots of the first screen,
a conversation, a record, the timeline, the pictures and the print view, and prints the figures. The browser is driven over its debugging pipe; nothing but
Python and the browser is needed.
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Browser:
    """Headless Chromium with one page."""

    def __init__(self, program, profile):
        to_browser, from_us = os.pipe()
        to_us, from_browser = os.pipe()

        def hand_over():
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)

        # High numbers, so that neither end is 3 or 4 already.
        to_browser, from_browser = (os.dup2(pipe, number) for pipe, number in ((to_browser, 63), (from_browser, 64)))
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--window-size=1440,900",
                   "--blink-settings=scrollbarsEnabled=true", f"--user-data-dir={profile}", "--no-first-run", "--disable-background-networking", "about:blank"]
        self.process = subprocess.Popen(command, preexec_fn=hand_over, close_fds=False, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.write, self.read, self.buffer, self.last = from_us, to_us, b"", 0
        self.session, self.events = None, []
        target = next(one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")

    def message(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.read, 1 << 20)
            if not piece:
                raise SystemExit("the browser went away")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **parameters):
        self.last += 1
        request = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.last:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def value(self, expression):
        """The value of an expression; of a promise what it comes to."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, expression, seconds=300):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.value(expression):
                return
            time.sleep(0.02)
        raise SystemExit(f"waited {seconds} s for {expression}")

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def open(self, address):
        self.call("Page.navigate", url=address)
        self.until("performance.getEntriesByName('affiant-ready').length > 0")

    def complaints(self):
        """What the page did that it must not: errors, and requests for anything but files (data: is the browser's own, for its controls)."""
        told = []
        for event in self.events:
            method, given = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                told.append(str(given["exceptionDetails"].get("exception", {}).get("description", given))[:400])
            elif method == "Log.entryAdded" and given["entry"]["level"] in ("error", "warning"):
                told.append(f"{given['entry']['text']} {given['entry'].get('url', '')}"[:300])
            elif method == "Network.requestWillBeSent" and not given["request"]["url"].startswith(("file:", "about:", "data:")):
                told.append(f"request for {given['request']['url'][:100]}")
        return told

    def end(self):
        try:
            self.call("Browser.close")
        except (SystemExit, OSError):
            pass
        self.process.wait(20)


def measured(command):
    """Seconds by the wall clock and of the processors, and the peak of resident KiB of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def evidence(folder, messages):
    """The Android sample, its text messages replaced by many."""
    made = folder / f"evidence-{messages}"
    if not made.exists():
        subprocess.run([sys.executable, ROOT / "benches/generate.py", str(messages), made], check=True)
        for file in (ROOT / "samples/android").rglob("*"):
            place = made / file.relative_to(ROOT / "samples/android")
            if file.is_file() and not file.name.startswith("mmssms.db"):
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
    return made


SCROLL = """(async () => {
  const box = document.querySelector("%s"); const frames = []; let last = performance.now();
  for (let step = 0; step < 180; step += 1) {
    box.scrollTop += %d; await new Promise(requestAnimationFrame);
    const now = performance.now(); frames.push(now - last); last = now;
  }
  frames.sort((one, other) => one - other);
  return [frames[90], frames[171], frames[179], document.querySelectorAll("%s .row").length];
})()"""


def scroll(browser, name, box, step):
    median, most, worst, rows = browser.value(SCROLL % (box, step, box))
    print(f"{name:<44}{median:8.1f} ms a frame, 95 % below {most:.1f}, worst {worst:.1f}; {rows} rows in the page")


def search(browser, query):
    browser.value("performance.clearMeasures()")
    browser.value(f"(() => {{ const box = document.getElementById('query'); box.value = {json.dumps(query)};"
                  "box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'})); })()")
    browser.until("performance.getEntriesByName('affiant-search').length > 0")
    taken = browser.value("performance.getEntriesByName('affiant-search')[0].duration")
    print(f"{'search: ' + (query or '(cleared)'):<44}{taken:8.0f} ms; {browser.value('selection.places.length')} records")


def go(browser, address):
    browser.value(f"location.hash = {json.dumps(address)}")
    browser.value("new Promise((done) => setTimeout(done, 600))")


def look(browser, page, shots):
    started = time.monotonic()
    browser.call("Page.navigate", url=page.as_uri())
    browser.until("performance.getEntriesByName('affiant-first').length > 0")
    browser.until("performance.getEntriesByName('affiant-ready').length > 0")
    print(f"{'from the call to ready':<44}{(time.monotonic() - started) * 1000:8.0f} ms")
    browser.value("new Promise((done) => setTimeout(done, 500))")
    for name in ("first-contentful-paint", "affiant-first", "affiant-ready"):
        print(f"{name:<44}{browser.value(f'performance.getEntriesByName({json.dumps(name)})[0]?.startTime ?? -1'):8.0f} ms")
    browser.value("new Promise((done) => setTimeout(done, 500))")
    browser.screenshot(shots / "overview.png")
    go(browser, "#/conversations")
    browser.screenshot(shots / "conversation.png")
    scroll(browser, "scroll a conversation", ".bubbles .list", 600)
    go(browser, "#/timeline")
    browser.screenshot(shots / "timeline.png")
    scroll(browser, "scroll the timeline, 600 px a frame", "main .list", 600)
    scroll(browser, "scroll the timeline, 15,000 px a frame", "main .list", 15000)
    go(browser, f"#/record/{browser.value('idOf(selection.places[Math.floor(selection.places.length / 2)])')}")
    browser.screenshot(shots / "record.png")
    go(browser, "#/pictures")
    browser.screenshot(shots / "pictures.png")
    for address in ("analysis", "findings", "coverage", "list/contacts"):
        go(browser, f"#/{address}")
        browser.screenshot(shots / f"{address.replace('/', '-')}.png")
    go(browser, "#/conversations")
    search(browser, "have with they")
    search(browser, '"that it was" of')
    browser.value("new Promise((done) => setTimeout(done, 400))")
    browser.screenshot(shots / "search.png")
    search(browser, "no such words")
    search(browser, "")
    browser.value("(() => { const box = document.getElementById('zone'); box.value = 'America/New_York'; box.dispatchEvent(new Event('change')); })()")
    go(browser, "#/conversations/5")
    browser.screenshot(shots / "zone.png")
    browser.value("printAtOnce()")
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.screenshot(shots / "print.png")
    pdf = browser.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    (shots / "print.pdf").write_bytes(base64.b64decode(pdf))
    browser.call("Emulation.setEmulatedMedia", media="")
    print(f"{'heap of the page':<44}{browser.value('performance.memory.usedJSHeapSize') / 1e6:8.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("affiant")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--split", type=int)
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--report", type=pathlib.Path, help="look at this report instead")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    folder = options.folder.resolve()
    report = options.report
    if report is None:
        given = evidence(folder, options.messages)
        report = folder / "report"
        split = ["--html-split", str(options.split)] if options.split else []
        for name, more in (("parse --no-html", ["--no-html"]), ("parse", split)):
            shutil.rmtree(report, ignore_errors=True)
            seconds, busy, memory = measured([options.affiant, "parse", given, "-q", "-o", report, *more])
            print(f"{name:<44}{seconds:8.2f} s ({busy:.2f} s of CPU), {memory / 1024:.0f} MiB")
        for file in ("report.json", "report.html"):
            print(f"{file:<44}{(report / file).stat().st_size / 1e6:8.1f} MB")
    shots = folder / "screenshots"
    shots.mkdir(exist_ok=True)
    browser = Browser(options.browser, folder / "profile")
    try:
        look(browser, (report / "report.html").resolve(), shots)
        for complaint in browser.complaints():
            print(f"COMPLAINT {complaint}")
    finally:
        browser.end()


if __name__ == "__main__":
    main()

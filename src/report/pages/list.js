// A list of any length: only what is seen stands in the page. Heights are guessed until they are measured.

/** Rows of a list that stand in the page at once; of more, the list has pages. */
const LISTED = 100_000;
const BLOCK = 256;
const OVERSCAN = 6;

class List {
  /** `render(at)` makes the element of row `at`; `opened(at)` is called for Enter or a click; `guess` is the height of a row in pixels. */
  constructor({ label, render, opened, guess, role, head: heading }) {
    Object.assign(this, { render, opened, guess, role, offset: 0, count: 0, total: 0, active: 0, shown: new Map() });
    this.heading = heading;
    this.space = el("div", { class: "space" });
    const isTable = role === "table";
    this.box = el("div", { class: "list", tabindex: "0", role: isTable ? "rowgroup" : "list", "aria-label": label }, this.space);
    this.pages = el("div", { class: "pages", hidden: true });
    this.element = el("div", { class: "listing", role: isTable ? "table" : false, "aria-label": isTable ? label : false }, heading ?? null, this.box, this.pages);
    this.box.addEventListener("scroll", () => this.soon(), { passive: true });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("grown", () => this.draw());
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.box);
  }

  /** Shows another number of rows, from the first or at a given one. */
  reset(total, at) {
    this.total = total;
    this.offset = at ? Math.floor(at / LISTED) * LISTED : 0;
    this.active = at ?? 0;
    this.page();
    if (at) this.scrollTo(at);
  }

  /** Lays out the rows of the page that is chosen. */
  page() {
    this.count = Math.min(LISTED, this.total - this.offset);
    this.heights = new Float64Array(this.count).fill(this.guess);
    this.sums = [];
    for (let block = 0; block * BLOCK < this.count; block += 1) this.sums.push(this.guess * Math.min(BLOCK, this.count - block * BLOCK));
    if (this.role === "table") this.element.setAttribute("aria-rowcount", String(this.total));
    this.clear();
    this.pager();
    this.box.scrollTop = 0;
    this.draw();
  }

  pager() {
    this.pages.hidden = this.total <= LISTED;
    const go = (offset) => () => { this.offset = offset; this.page(); };
    const last = this.offset + this.count;
    this.pages.replaceChildren(
      el("button", { type: "button", disabled: this.offset === 0, on: { click: go(this.offset - LISTED) } }, "Earlier rows"),
      ` rows ${number(this.offset + 1)} to ${number(last)} of ${number(this.total)} `,
      el("button", { type: "button", disabled: last >= this.total, on: { click: go(this.offset + LISTED) } }, "Later rows"));
  }

  clear() {
    this.shown.clear();
    this.space.replaceChildren();
  }

  /** Draws all rows anew: what they show has changed. */
  refresh() {
    this.clear();
    this.draw();
  }

  resize() {
    if (this.width !== this.box.clientWidth) this.clear();
    this.width = this.box.clientWidth;
    // The head stands beside no scroll bar.
    if (this.heading) this.heading.style.marginRight = `${this.box.offsetWidth - this.box.clientWidth}px`;
    this.draw();
  }

  top(at) {
    let sum = 0;
    for (let block = 0; block < Math.floor(at / BLOCK); block += 1) sum += this.sums[block];
    for (let row = Math.floor(at / BLOCK) * BLOCK; row < at; row += 1) sum += this.heights[row];
    return sum;
  }

  rowAt(y) {
    let [sum, block] = [0, 0];
    while (block < this.sums.length - 1 && sum + this.sums[block] <= y) { sum += this.sums[block]; block += 1; }
    let row = block * BLOCK;
    while (row < this.count - 1 && sum + this.heights[row] <= y) { sum += this.heights[row]; row += 1; }
    return row;
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.draw(); });
  }

  draw() {
    if (!this.count) { this.space.style.height = "0"; return; }
    const anchor = this.rowAt(this.box.scrollTop);
    const within = this.box.scrollTop - this.top(anchor);
    const first = Math.max(0, anchor - OVERSCAN);
    let last = anchor;
    for (let y = -within; y < this.box.clientHeight && last < this.count; last += 1) y += this.heights[last];
    last = Math.min(this.count, last + OVERSCAN);
    for (const [at, row] of this.shown) if (at < first || at >= last) { row.remove(); this.shown.delete(at); }
    for (let at = first; at < last; at += 1) if (!this.shown.has(at)) this.put(at);
    this.measure();
    for (const [at, row] of this.shown) row.style.transform = `translateY(${this.top(at)}px)`;
    this.space.style.height = `${this.sums.reduce((sum, height) => sum + height, 0)}px`;
    const wanted = this.top(anchor) + within;
    if (Math.abs(wanted - this.box.scrollTop) > 1) this.box.scrollTop = wanted;
  }

  put(at) {
    const row = this.render(this.offset + at);
    row.classList.add("row");
    row.setAttribute("role", this.role === "table" ? "row" : "listitem");
    row.setAttribute(this.role === "table" ? "aria-rowindex" : "aria-posinset", String(this.offset + at + 1));
    if (this.role !== "table") row.setAttribute("aria-setsize", String(this.total));
    row.classList.toggle("active", this.offset + at === this.active);
    row.addEventListener("click", () => { this.choose(this.offset + at); this.opened?.(this.offset + at); });
    this.shown.set(at, row);
    this.space.append(row);
  }

  measure() {
    for (const [at, row] of this.shown) {
      const height = row.offsetHeight || this.guess;
      this.sums[Math.floor(at / BLOCK)] += height - this.heights[at];
      this.heights[at] = height;
    }
  }

  choose(at) {
    this.active = at;
    for (const [shown, row] of this.shown) row.classList.toggle("active", this.offset + shown === at);
  }

  scrollTo(at) {
    // Once by guessed heights, once more by measured ones.
    for (let round = 0; round < 2; round += 1) {
      this.box.scrollTop = Math.max(0, this.top(at - this.offset) - this.box.clientHeight / 3);
      this.draw();
    }
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.target !== this.box) return;
    if (event.key === "Enter") this.opened?.(this.active);
    else if (step) {
      const at = Math.min(Math.max(this.active + step, this.offset), this.offset + this.count - 1);
      this.choose(at);
      const [top, height] = [this.top(at - this.offset), this.heights[at - this.offset]];
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      if (top + height > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + height - this.box.clientHeight;
      this.draw();
    } else return;
    event.preventDefault();
  }
}

// The fleet on a canvas. A picture with one pixel an instance holds the colours; the canvas shows a part of it enlarged, and
// is drawn only when something changed.

import { Layout } from "./layout.js";
import { colours, onScheme, statusOf } from "./statuses.js";

const LINES_FROM = 4;
const MARKS_FROM = 8;
const LARGEST = 60;
// CSS pixels of a cell where the whole fleet is shown.
const LARGEST_WHOLE = 18;

/** A fleet's cells, a view on them and a cursor. */
export class Grid {
  constructor(canvas, stage) {
    this.canvas = canvas;
    this.stage = stage;
    this.context = canvas.getContext("2d", { alpha: false });
    this.picture = document.createElement("canvas");
    this.count = 0;
    this.groups = [];
    this.bytes = new Uint8Array(0);
    this.cursor = -1;
    this.view = { size: 1, x: 0, y: 0 };
    this.pending = false;
    this.readColours();
    onScheme(() => { this.readColours(); this.repaint(); });
    new ResizeObserver(() => this.resize()).observe(stage);
  }

  /** Another fleet: its size, and its groups as ranges. */
  shape(count, groups) {
    this.count = count;
    this.groups = groups;
    if (this.cursor >= count) this.cursor = -1;
    this.resize();
  }

  /** New statuses; returns how many instances changed. */
  update(bytes) {
    const begin = performance.now();
    const before = this.bytes;
    this.bytes = bytes;
    if (!this.layout) return 0;
    let changed = 0, top = Infinity, bottom = -1;
    const { columns } = this.layout;
    for (const block of this.layout.blocks) {
      const offset = block.row * columns - block.first;
      const end = Math.min(block.first + block.count, bytes.length);
      for (let index = block.first; index < end; index++) {
        if (bytes[index] === before[index]) continue;
        const at = index + offset;
        this.pixels[at] = this.palette[bytes[index]];
        changed++;
        if (at < top) top = at;
        if (at > bottom) bottom = at;
      }
    }
    if (changed) {
      const [first, last] = [Math.floor(top / columns), Math.floor(bottom / columns)];
      this.ink.putImageData(this.image, 0, 0, 0, first, columns, last - first + 1);
      this.draw();
      this.canvas.dataset.milliseconds = (performance.now() - begin).toFixed(2);
    }
    return changed;
  }

  readColours() {
    this.css = colours();
    const style = getComputedStyle(document.documentElement);
    [this.paper, this.letters] = ["--paper", "--text"].map((name) => style.getPropertyValue(name).trim());
    this.palette = new Uint32Array(256).fill(abgr(this.letters));
    this.css.forEach((colour, code) => { this.palette[code] = abgr(colour); });
  }

  /** Fits the cells into the room there is. */
  resize() {
    const ratio = devicePixelRatio || 1;
    const width = Math.max(50, Math.floor(this.stage.clientWidth * ratio));
    const most = Math.floor(Math.min(520, Math.max(240, innerHeight * 0.6)) * ratio);
    if (!this.count) return;
    const { layout, size } = Layout.fit(this.count, this.groups, width, most, LARGEST_WHOLE * ratio);
    this.layout = layout;
    this.whole = size;
    this.canvas.width = width;
    this.canvas.height = Math.max(24, Math.min(most, Math.ceil(layout.rows * size)));
    this.canvas.style.width = `${width / ratio}px`;
    this.canvas.style.height = `${this.canvas.height / ratio}px`;
    this.picture.width = layout.columns;
    this.picture.height = layout.rows;
    this.ink = this.picture.getContext("2d");
    this.image = this.ink.createImageData(layout.columns, layout.rows);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.view = { size, x: 0, y: 0 };
    this.repaint();
  }

  repaint() {
    if (!this.layout) return;
    this.pixels.fill(abgr(this.paper));
    const bytes = this.bytes.length === this.count ? this.bytes : new Uint8Array(this.count);
    this.bytes = new Uint8Array(0);
    this.update(bytes);
  }

  /** Draws before the next frame, once. */
  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.draw(); });
  }

  draw() {
    if (!this.layout) return;
    const { context, canvas, view, picture } = this;
    context.fillStyle = this.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = view.size < 1;
    context.drawImage(picture, view.x, view.y, picture.width * view.size, picture.height * view.size);
    if (view.size >= LINES_FROM) this.drawLines();
    if (view.size >= MARKS_FROM) this.drawMarks();
    if (this.cursor >= 0) this.drawCursor();
  }

  /** Columns and rows in sight, the last ones not included. */
  seen() {
    const { view, canvas, layout } = this;
    const from = (offset) => Math.max(0, Math.floor(-offset / view.size));
    const to = (offset, length, most) => Math.min(most, Math.ceil((length - offset) / view.size));
    return {
      left: from(view.x), right: to(view.x, canvas.width, layout.columns),
      top: from(view.y), bottom: to(view.y, canvas.height, layout.rows),
    };
  }

  drawLines() {
    const { context, canvas, view } = this;
    const { left, right, top, bottom } = this.seen();
    context.fillStyle = this.paper;
    for (let column = left; column <= right; column++) context.fillRect(view.x + column * view.size, 0, 1, canvas.height);
    for (let row = top; row <= bottom; row++) context.fillRect(0, view.y + row * view.size, canvas.width, 1);
  }

  drawMarks() {
    const { context, view } = this;
    const { left, right, top, bottom } = this.seen();
    context.strokeStyle = this.paper;
    context.lineWidth = Math.max(1.5, view.size / 9);
    context.beginPath();
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const index = this.layout.index(column, row);
        const mark = index >= 0 && statusOf(this.bytes[index]).mark;
        if (mark) trace(context, mark, view.x + column * view.size, view.y + row * view.size, view.size);
      }
    }
    context.stroke();
  }

  drawCursor() {
    const { context, view } = this;
    const [column, row] = this.layout.place(this.cursor);
    const size = Math.max(view.size, 5);
    // At the edge it is drawn further in, so that all of it is seen.
    const at = (offset, cell, length) => Math.min(Math.max(offset + (cell + 0.5) * view.size - size / 2, 2.5), length - size - 2.5);
    const [x, y] = [at(view.x, column, this.canvas.width), at(view.y, row, this.canvas.height)];
    for (const [colour, grow] of [[this.paper, 3.5], [this.letters, 1.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.strokeRect(x - grow, y - grow, size + 2 * grow, size + 2 * grow);
    }
  }

  /** Puts the cursor on an instance, and the view so that it is in sight. */
  point(index, reveal = true) {
    this.cursor = index;
    if (reveal && index >= 0) this.reveal();
    this.redraw();
  }

  reveal() {
    const { view, canvas } = this;
    const [column, row] = this.layout.place(this.cursor);
    const shift = (offset, cell, length) => {
      const at = offset + cell * view.size;
      if (at < 0) return offset - at;
      return at + view.size > length ? offset - (at + view.size - length) : offset;
    };
    view.x = shift(view.x, column, canvas.width);
    view.y = shift(view.y, row, canvas.height);
  }

  /** Enlarges or shrinks around the cursor, or the middle; no factor shows the whole fleet. */
  zoom(factor) {
    if (!this.layout) return;
    const { view, canvas } = this;
    if (!factor) this.view = { size: this.whole, x: 0, y: 0 };
    else {
      const place = this.cursor >= 0 ? this.layout.place(this.cursor) : null;
      const middle = [canvas.width / 2, canvas.height / 2];
      const [x, y] = place ? [view.x + (place[0] + 0.5) * view.size, view.y + (place[1] + 0.5) * view.size] : middle;
      const wanted = view.size * factor;
      const size = Math.min(LARGEST, Math.max(this.whole, wanted >= 1 ? Math.round(wanted) : wanted));
      this.view = { size, x: x - ((x - view.x) * size) / view.size, y: y - ((y - view.y) * size) / view.size };
    }
    this.pan(0, 0);
  }

  /** Moves the view by device pixels; the fleet stays in sight. */
  pan(x, y) {
    const { view, canvas, layout } = this;
    const keep = (offset, length, room) => Math.round(Math.min(0, Math.max(offset, Math.min(0, room - length))));
    view.x = keep(view.x + x, layout.columns * view.size, canvas.width);
    view.y = keep(view.y + y, layout.rows * view.size, canvas.height);
    this.redraw();
  }

  /** The instance at a place of the canvas in CSS pixels, or -1. */
  at(x, y) {
    if (!this.layout) return -1;
    const ratio = this.canvas.width / this.canvas.clientWidth;
    const cell = (offset, place) => Math.floor((place * ratio - offset) / this.view.size);
    return this.layout.index(cell(this.view.x, x), cell(this.view.y, y));
  }
}

function trace(context, mark, x, y, size) {
  const [near, half, far] = [0.28, 0.53, 0.78].map((part) => part * size);
  const line = (a, b, c, d) => { context.moveTo(x + a, y + b); context.lineTo(x + c, y + d); };
  if (mark === "cross" || mark === "slash") line(near, far, far, near);
  if (mark === "cross") line(near, near, far, far);
  if (mark === "bar") line(near, half, far, half);
  if (mark === "dot") line(half - 1, half, half + 1, half);
}

/** `#rrggbb` as a pixel of little-endian RGBA. */
function abgr(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

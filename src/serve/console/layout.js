// Which cell an instance has: row by row, each group on rows of its own where there are few.

const GROUPS_APART = 24;
// Device pixels of a cell, from large to small; below one, several instances share a pixel.
const SIZES = [48, 40, 36, 32, 28, 24, 20, 18, 16, 14, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0.5, 0.25];

/** The cells of a fleet in so many columns. */
export class Layout {
  constructor(count, groups, columns) {
    this.count = count;
    this.columns = columns;
    const apart = groups.length > 1 && groups.length <= GROUPS_APART;
    // Instances behind the last group, such as a fleet that grew has, are a block of their own.
    const end = apart ? groups.at(-1).first + groups.at(-1).count : 0;
    const blocks = [...(apart ? groups : []), { first: end, count: count - end }];
    let row = 0;
    this.blocks = blocks.filter((block) => block.count > 0).map((block) => {
      const placed = { first: block.first, count: block.count, row, rows: Math.ceil(block.count / columns) };
      row += placed.rows + 1;
      return placed;
    });
    this.rows = Math.max(1, row - 1);
  }

  /** The layout with the largest cells that fits, none larger than `most`, and the size of a cell. */
  static fit(count, groups, width, height, most) {
    for (const size of SIZES.filter((size) => size <= most)) {
      const layout = new Layout(count, groups, Math.max(1, Math.floor(width / size)));
      if (layout.rows * size <= height || size === SIZES.at(-1)) return { layout, size };
    }
  }

  /** Column and row of an instance. */
  place(index) {
    const block = this.blocks.find(({ first, count }) => index >= first && index < first + count);
    if (!block) return [0, 0];
    const at = index - block.first;
    return [at % this.columns, block.row + Math.floor(at / this.columns)];
  }

  /** The instance in a cell, or -1. */
  index(column, row) {
    if (column < 0 || column >= this.columns) return -1;
    const block = this.blocks.find((block) => row >= block.row && row < block.row + block.rows);
    const at = block ? (row - block.row) * this.columns + column : -1;
    return block && at < block.count ? block.first + at : -1;
  }
}

/** A seeded source of randomness: the same seed gives the same run, whatever else the process does. */
export interface Dice {
  /** 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  hex(digits: number): string;
  /** A source of its own, so that what one part of the world draws does not shift what another draws. */
  fork(): Dice;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** sfc32 by Chris Doty-Humphrey (public domain). */
export function createDice(seed: number): Dice {
  let a = 0x9e3779b9 ^ seed;
  let b = 0x243f6a88 ^ (seed * 0x85ebca6b);
  let c = 0xb7e15162 ^ (seed >>> 16);
  let counter = 1;
  const draw = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let round = 0; round < 12; round++) draw();
  const next = () => draw() / 4294967296;
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    hex: (digits) => {
      let text = '';
      while (text.length < digits) {
        const bits = draw();
        text += HEX[bits >>> 24]! + HEX[(bits >>> 16) & 255]! + HEX[(bits >>> 8) & 255]! + HEX[bits & 255]!;
      }
      return text.slice(0, digits);
    },
    fork: () => createDice(draw()),
  };
}

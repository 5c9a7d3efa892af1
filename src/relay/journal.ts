/**
 * The relay's file: one event a line, only ever appended to, so that an event whose write has returned survives `kill -9`,
 * and an interrupted write can spoil nothing but the last line. It is rewritten as a whole, through a temporary file and a rename,
 * when most of it is superseded.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { KitError } from '../preset/kit-error';
import { parseEvent } from './event';
import type { NostrEvent } from './event';

export interface Journal {
  /** What the file held when it was opened, oldest first. */
  readonly events: readonly NostrEvent[];
  /** Lines in the file now, superseded ones included. */
  readonly lines: number;
  /** Returns when the operating system has the event (the disk, with `fsync`). Throws, and leaves the file as it was, when it cannot be written. */
  append(event: NostrEvent): void;
  /** Replaces the whole content, atomically. */
  rewrite(events: readonly NostrEvent[]): void;
  close(): void;
}

/** Files that this process has open: a lock that bears our own pid is only alive if it is among them (containers reuse pid 1). */
const openFiles = new Set<string>();

/** Opens or makes the file. Throws KitError RELAY_FILE_BUSY or RELAY_FILE_UNUSABLE. */
export function openJournal(path: string, options: { readonly fsync?: boolean } = {}): Journal {
  const file = resolve(path);
  const unlock = lock(file);
  try {
    const { events, isSound } = read(file);
    if (!isSound) writeWhole(file, events);
    let descriptor = openSync(file, 'a');
    let lines = events.length;
    let isClosed = false;
    let bytes = Buffer.byteLength(toLines(events));
    return {
      events,
      get lines() {
        return lines;
      },
      append(event) {
        if (isClosed) throw new Error('the relay has stopped');
        const line = Buffer.from(toLines([event]));
        try {
          for (let written = 0; written < line.length;) written += writeSync(descriptor, line, written);
          if (options.fsync) fsyncSync(descriptor);
        } catch (error) {
          ftruncateSync(descriptor, bytes);
          throw error;
        }
        bytes += line.length;
        lines += 1;
      },
      rewrite(kept) {
        writeWhole(file, kept);
        const replaced = descriptor;
        descriptor = openSync(file, 'a');
        closeSync(replaced);
        lines = kept.length;
        bytes = Buffer.byteLength(toLines(kept));
      },
      close() {
        isClosed = true;
        closeSync(descriptor);
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw unusable(file, error);
  }
}

function read(file: string): { readonly events: readonly NostrEvent[]; readonly isSound: boolean } {
  if (!existsSync(file)) return { events: [], isSound: true };
  const lines = readFileSync(file, 'utf8').split('\n');
  const tail = lines.pop();
  const events: NostrEvent[] = [];
  for (const line of lines) {
    const event = parseLine(line);
    if (event) events.push(event);
  }
  // A torn last line is the mark of a crash; a bad line before it is damage of another kind, and somebody may want to look at it.
  if (events.length < lines.length) copyFileSync(file, `${file}.damaged`);
  return { events, isSound: tail === '' && events.length === lines.length };
}

function parseLine(line: string): NostrEvent | undefined {
  try {
    const event = parseEvent(JSON.parse(line));
    return 'reason' in event ? undefined : event;
  } catch {
    return undefined;
  }
}

function writeWhole(file: string, events: readonly NostrEvent[]): void {
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, 'w');
  try {
    writeFileSync(descriptor, toLines(events));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
}

function toLines(events: readonly NostrEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** Two processes that append to one file would tear each other's lines. */
function lock(file: string): () => void {
  const lockFile = `${file}.lock`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    if (isHeld(file, lockFile)) {
      throw new KitError(
        'RELAY_FILE_BUSY',
        `Another relay is using ${file}. Stop it, or name another place: with --file, or with --data for the relays of "zero-backend-sync relay". (Its mark is ${lockFile}.)`,
      );
    }
    writeFileSync(lockFile, `${process.pid}\n`);
  } catch (error) {
    throw error instanceof KitError ? error : unusable(file, error);
  }
  openFiles.add(file);
  return () => {
    if (openFiles.delete(file)) unlinkSync(lockFile);
  };
}

function isHeld(file: string, lockFile: string): boolean {
  if (openFiles.has(file)) return true;
  if (!existsSync(lockFile)) return false;
  const pid = Number(readFileSync(lockFile, 'utf8'));
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function unusable(file: string, error: unknown): KitError {
  const reason = error instanceof Error ? error.message : String(error);
  return new KitError(
    'RELAY_FILE_UNUSABLE',
    `The relay cannot keep its events in ${file}: ${reason}. Check the path and its permissions.`,
  );
}

/** The list of notes, newest first, and the line that adds to it. */
import { memo, useState } from 'react';
import type { FormEvent, KeyboardEvent } from 'react';
import { add, remove } from 'zero-backend-sync/core';
import type { ListChange } from 'zero-backend-sync/core';
import { useDocument, useQuery, useSyncEngine } from '../lib/react';
import type { Note } from '../lib/schema';

const shown = 50;

export function Notes() {
  const { documents, isLoading } = useQuery('notes', { selector: {}, sort: [{ order: 'asc' }], limit: shown });
  return (
    <section className="notes" aria-label="Notes">
      <NoteComposer />
      {documents.length > 0 ? (
        <ul className="note-list" data-testid="notes">
          {documents.map(({ id }) => (
            <NoteCard key={id} id={id} />
          ))}
        </ul>
      ) : (
        !isLoading && <p className="empty">Nothing here yet. Write something, and look at the other device.</p>
      )}
    </section>
  );
}

function NoteComposer() {
  const engine = useSyncEngine();
  const [text, setText] = useState('');

  function add(event: FormEvent) {
    event.preventDefault();
    const { title, tags } = readTags(text);
    if (!title || !engine) return;
    setText('');
    const note = { title, tags, order: -Date.now() };
    engine.patch('notes', crypto.randomUUID(), note).catch(() => setText(text));
  }

  return (
    <form className="composer" onSubmit={add}>
      <input
        value={text}
        onChange={({ target }) => setText(target.value)}
        placeholder="Add a note, with #tags"
        aria-label="New note"
        maxLength={200}
        enterKeyHint="done"
        autoComplete="off"
        data-testid="note-input"
      />
      <button type="submit" className="primary" disabled={!text.trim()} data-testid="note-add">
        Add
      </button>
    </form>
  );
}

/** Takes the #words out of a line. A line of nothing else is its own title. */
export function readTags(line: string): { readonly title: string; readonly tags: readonly string[] } {
  const words = line.trim().split(/\s+/);
  const isTag = (word: string) => /^#[^\s#]+$/.test(word);
  const tags = words.filter(isTag).map((word) => word.slice(1, 41));
  const title = words.filter((word) => !isTag(word)).join(' ');
  return { title: title || line.trim(), tags: title ? [...new Set(tags)] : [] };
}

const NoteCard = memo(function NoteCard({ id }: { readonly id: string }) {
  const engine = useSyncEngine();
  const [note, patch, problem] = useDocument('notes', id);
  if (!note) return null;
  const deleteNote = () =>
    void engine?.db.notes
      .findOne(id)
      .remove()
      .catch(() => {});
  return (
    <li className={note.done ? 'note is-done' : 'note'} data-testid="note" data-id={id}>
      <input
        type="checkbox"
        className="tick"
        checked={note.done}
        onChange={({ target }) => patch({ done: target.checked })}
        aria-label={`Done: ${note.title}`}
        data-testid="note-done"
      />
      <div className="note-text">
        <div className="grow note-title" data-text={note.title}>
          <textarea
            value={note.title}
            onChange={({ target }) => patch({ title: target.value.replace(/\n/g, ' ') })}
            onKeyDown={leaveOnEnter}
            rows={1}
            maxLength={200}
            aria-label="Title"
            data-testid="note-title"
          />
        </div>
        <div className={note.body ? 'grow note-body' : 'grow note-body is-empty'} data-text={note.body}>
          <textarea
            value={note.body}
            onChange={({ target }) => patch({ body: target.value })}
            rows={1}
            maxLength={10000}
            placeholder="Add details"
            aria-label="Details"
            data-testid="note-body"
          />
        </div>
        <Tags note={note} onChange={(tags) => patch({ tags })} />
        {problem && (
          <p className="refusal" role="alert">
            {problem.message}
          </p>
        )}
      </div>
      <button
        type="button"
        className="quiet note-delete"
        onClick={deleteNote}
        aria-label={`Delete ${note.title}`}
        data-testid="note-delete"
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4 4l8 8M12 4l-8 8" />
        </svg>
      </button>
    </li>
  );
});

function leaveOnEnter(event: KeyboardEvent<HTMLTextAreaElement>) {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  event.currentTarget.blur();
}

interface TagsProps {
  readonly note: Note;
  /** What to do to the tags, so that a tag that another device adds meanwhile stays. */
  readonly onChange: (change: ListChange<string>) => void;
}

function Tags({ note, onChange }: TagsProps) {
  const [text, setText] = useState('');

  function enter(event: FormEvent) {
    event.preventDefault();
    const tag = text.trim().replace(/^#/, '');
    if (tag) onChange(add(tag));
    setText('');
  }

  return (
    <form className={note.tags.length > 0 ? 'tags' : 'tags is-empty'} onSubmit={enter} onBlur={enter}>
      {note.tags.map((tag) => (
        <button
          key={tag}
          type="button"
          className="tag"
          onClick={() => onChange(remove(tag))}
          aria-label={`Remove tag ${tag}`}
          title="Remove"
          data-testid="note-tag"
        >
          {tag}
        </button>
      ))}
      <input
        value={text}
        onChange={({ target }) => setText(target.value)}
        placeholder="+ tag"
        maxLength={40}
        aria-label={`Add a tag to ${note.title}`}
        autoComplete="off"
        data-testid="note-tag-input"
      />
    </form>
  );
}

import { Button, NativeSelect, Text } from '@mantine/core';
import type { ReactElement, RefObject } from 'react';
import { useCallback, useEffect, useRef, useState } from 'react';

import type { Chapter, RecordedTrack, RecordingDetail } from '@/conductor/playback';
import { clockText, filmsAt, momentOf, step } from '@/hooks/use_recordings';
import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';

import classes from './RecordingPlayer.module.css';

const LOOK_MS = 200;
const SPEEDS = ['0.75', '1', '1.25', '1.5', '2'];

/** The sound leads; the pictures that stood at each moment follow it. */
export function RecordingPlayer({ recording }: { readonly recording: RecordingDetail }): ReactElement {
  const { text } = useText();
  const sound = useRef<HTMLAudioElement>(null);
  const [at_s, setAt] = useState(() => momentOf(location.search));
  const [speed, setSpeed] = useState('1');
  const tracks = recording.tracks ?? [];
  const films = filmsAt(tracks, at_s);

  useEffect(() => {
    const timer = window.setInterval(() => {
      if (sound.current !== null && sound.current.readyState > 0) setAt(sound.current.currentTime);
    }, LOOK_MS);
    return () => window.clearInterval(timer);
  }, []);
  const begin = useCallback(() => {
    if (sound.current !== null) sound.current.currentTime = momentOf(location.search);
  }, []);
  const seek = (moment_s: number): void => {
    if (sound.current !== null) sound.current.currentTime = moment_s;
    setAt(moment_s);
  };
  const choose = (value: string): void => {
    setSpeed(value);
    if (sound.current !== null) sound.current.playbackRate = Number(value);
  };

  return (
    <div className={classes['player']} data-testid="player" data-at={at_s.toFixed(1)} data-films={films.length}>
      <div className={classes['films']} data-count={Math.min(films.length, 4)}>
        {films.length === 0 ? <Text c="dimmed">{text('playback.no_picture')}</Text> : null}
        {films.map((film) => (
          <Film key={film.track_id} film={film} sound={sound} />
        ))}
      </div>
      {recording.sound === null || recording.sound === undefined ? (
        <Text>{text('playback.no_sound')}</Text>
      ) : (
        // No captions exist for a class yet: what was said is in the sound alone.
        <audio
          ref={sound}
          className={classes['sound']}
          src={recording.sound.url}
          controls
          preload="auto"
          onLoadedMetadata={begin}
          aria-label={text('playback.sound')}
          data-testid="player-sound"
        />
      )}
      <div className={classes['tools']}>
        <NativeSelect
          label={text('playback.speed')}
          value={speed}
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        <MomentLink at_s={at_s} />
      </div>
      <Chapters chapters={recording.chapters ?? []} onSeek={seek} />
    </div>
  );
}

function Film({ film, sound }: { readonly film: RecordedTrack; readonly sound: RefObject<HTMLAudioElement | null> }): ReactElement {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const follow = (): void => {
      const [own, leads] = [video.current, sound.current];
      if (own === null || leads === null || own.readyState === 0 || own.seeking) return;
      const playing = !leads.paused && !leads.ended;
      const { jumpTo, rate } = step(own.currentTime, film.start_s, leads.currentTime, leads.playbackRate, playing);
      if (jumpTo !== null) own.currentTime = jumpTo;
      if (own.playbackRate !== rate) own.playbackRate = rate;
      // A browser that does not let it play yet will a moment later: it is asked again at the next look.
      if (playing && own.paused && !own.ended) own.play().catch(() => undefined);
      if (!playing && !own.paused) own.pause();
    };
    const timer = window.setInterval(follow, LOOK_MS);
    return () => window.clearInterval(timer);
  }, [film.start_s, sound]);
  return (
    <figure className={classes['film']} data-source={film.source}>
      <video ref={video} src={film.url} muted playsInline preload="auto" data-testid="player-film" data-track={film.track_id} />
      <figcaption>{film.name}</figcaption>
    </figure>
  );
}

function MomentLink({ at_s }: { readonly at_s: number }): ReactElement {
  const { text } = useText();
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    const address = `${location.origin}${location.pathname}?t=${Math.floor(at_s)}`;
    void navigator.clipboard.writeText(address).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <Button variant="default" onClick={copy} data-testid="moment-link">
      {text(copied ? 'playback.copied' : 'playback.copy', { at: clockText(at_s) })}
    </Button>
  );
}

function Chapters({ chapters, onSeek }: { readonly chapters: readonly Chapter[]; readonly onSeek: (at_s: number) => void }): ReactElement | null {
  const { text } = useText();
  if (chapters.length === 0) return null;
  const word = (chapter: Chapter): string => {
    const key = `chapter.${chapter.kind}`;
    return hasText(key) ? text(key as 'chapter.joined', { name: chapter.name }) : chapter.kind;
  };
  return (
    <nav aria-label={text('playback.chapters')}>
      <ol className={classes['chapters']}>
        {chapters.map((chapter, place) => (
          <li key={place}>
            <Button variant="subtle" size="compact-md" onClick={() => onSeek(chapter.at_s)} data-testid="chapter">
              {clockText(chapter.at_s)} {word(chapter)}
            </Button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

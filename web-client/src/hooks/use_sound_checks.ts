import { useState } from 'react';

import { chime, playSound, recordVoice } from '@/conductor/checks';

import { useApp, useConductor } from './conductor_context';

export type VoiceStep = 'idle' | 'recording' | 'playing' | 'good' | 'silent' | 'failed';

export interface SoundChecks {
  readonly voice: VoiceStep;
  readonly chiming: boolean;
  readonly playChime: () => void;
  readonly tryVoice: () => void;
}

export function useSoundChecks(): SoundChecks {
  const conductor = useConductor();
  const speakerId = useApp((state) => state.local.chosen.speaker);
  const [voice, setVoice] = useState<VoiceStep>('idle');
  const [chiming, setChiming] = useState(false);

  const playChime = (): void => {
    setChiming(true);
    void playSound(chime(), speakerId)
      .catch(() => undefined)
      .finally(() => setChiming(false));
  };

  const speak = async (): Promise<void> => {
    const track = conductor.localTrack('mic');
    if (track === null) return;
    setVoice('recording');
    try {
      const { sound, silent } = await recordVoice(track);
      if (silent) {
        setVoice('silent');
        return;
      }
      setVoice('playing');
      await playSound(sound, speakerId);
      setVoice('good');
    } catch {
      setVoice('failed');
    }
  };

  return { voice, chiming, playChime, tryVoice: () => void speak() };
}

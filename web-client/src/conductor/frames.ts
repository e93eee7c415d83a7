/** The page watches frames through the conductor; the judgement stays in rtc. */
export { watchFrames } from '@/rtc/frame_gate';

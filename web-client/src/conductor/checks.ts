/** What the device check and the self-test need of rtc, in one place for the page. */
export { listDevices, openCamera, openMic, CaptureFailed } from '@/rtc/capture';
export { watchLevel } from '@/rtc/level';
export type { Loopback } from '@/rtc/loopback';
export { runLoopback } from '@/rtc/loopback';
export { browserName, isPhone, readSupport } from '@/rtc/support';
export { RECORD_MS, chime, playSound, recordVoice } from '@/rtc/voice_test';

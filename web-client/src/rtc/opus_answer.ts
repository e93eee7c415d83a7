/**
 * The one edit we make to a browser's SDP. Chromium decodes Opus to one channel unless its *own* description says
 * `stereo=1` (RFC 7587 section 7), and no API sets it. So the answer repeats what the offer said, line by line, and
 * only in those m-sections where the offer asked for it.
 */
export function withStereo(answer: string, offer: string): string {
  const stereo = new Set(sections(offer).filter(asksStereo).map(midOf));
  const parts = sections(answer);
  return parts.map((part) => (stereo.has(midOf(part)) ? addStereo(part) : part)).join('');
}

/** The session part and each m-section, with their line ends. */
function sections(sdp: string): string[] {
  return sdp.split(/(?=^m=)/m);
}

function midOf(section: string): string {
  return /^a=mid:(\S+)/m.exec(section)?.[1] ?? '';
}

function opusType(section: string): string | null {
  if (!section.startsWith('m=audio')) return null;
  return /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(section)?.[1] ?? null;
}

function asksStereo(section: string): boolean {
  const type = opusType(section);
  return type !== null && new RegExp(`^a=fmtp:${type} .*\\bstereo=1\\b`, 'm').test(section);
}

function addStereo(section: string): string {
  const type = opusType(section);
  if (type === null || asksStereo(section)) return section;
  const fmtp = new RegExp(`^(a=fmtp:${type} [^\\r\\n]*)`, 'm');
  if (fmtp.test(section)) return section.replace(fmtp, '$1;stereo=1');
  return section.replace(new RegExp(`^(a=rtpmap:${type} [^\\r\\n]*)(\\r?\\n)`, 'm'), `$1$2a=fmtp:${type} stereo=1$2`);
}

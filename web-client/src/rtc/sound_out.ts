/** All elements that sound, so that one press starts them where the browser waits for one, and one choice routes them. */
import { routeTo } from './voice_test';

export class SoundOut {
  private readonly elements = new Set<HTMLMediaElement>();
  private speakerId: string | null = null;

  constructor(private readonly onBlocked: (blocked: boolean) => void) {}

  /** The returned function takes the element out again. */
  add(element: HTMLMediaElement): () => void {
    this.elements.add(element);
    void routeTo(element, this.speakerId);
    void this.start(element);
    return () => this.elements.delete(element);
  }

  route(speakerId: string | null): void {
    this.speakerId = speakerId;
    for (const element of this.elements) void routeTo(element, speakerId);
  }

  /** To be called from a press of the person. */
  async unblock(): Promise<void> {
    const started = await Promise.all([...this.elements].map((one) => this.start(one)));
    if (started.every(Boolean)) this.onBlocked(false);
  }

  private async start(element: HTMLMediaElement): Promise<boolean> {
    try {
      await element.play();
      return true;
    } catch (error) {
      // AbortError: the element went away or got another source meanwhile; nobody needs to press for that.
      const blocked = error instanceof DOMException && error.name === 'NotAllowedError';
      if (blocked) this.onBlocked(true);
      return !blocked;
    }
  }
}

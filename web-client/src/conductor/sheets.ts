/** What lies under a drawing: a picture that was uploaded, or one page of a PDF, as an address of bytes that the page holds. */
import type { RecordsApi } from '@/protocol/records';

export interface Sheet {
  readonly dataUrl: string;
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  readonly width: number;
  readonly height: number;
}

export interface SheetMakers {
  /** Draws pages of a PDF; a large piece of code that most classes never fetch. */
  readonly pdf: (file: Blob) => Promise<PdfFile>;
  readonly measure: (dataUrl: string) => Promise<{ readonly width: number; readonly height: number }>;
}

export interface PdfFile {
  readonly count: number;
  page(number: number): Promise<Sheet>;
}

/** Pages of one script turn back and forth; more than this are drawn again. */
const SHEETS_MAX = 12;
const FILES_MAX = 3;
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

type Picture = (typeof PICTURES)[number];
const isPicture = (type: string): type is Picture => PICTURES.some((one) => one === type);

/** Only these can lie under a drawing. */
export const canBeSheet = (mediaType: string): boolean => isPicture(mediaType) || mediaType === 'application/pdf';

export class Sheets {
  private readonly sheets = new Map<string, Promise<Sheet>>();
  private readonly files = new Map<string, Promise<Blob>>();
  private readonly pdfs = new Map<string, Promise<PdfFile>>();

  constructor(
    private readonly api: Pick<RecordsApi, 'materialFile'>,
    private readonly makers: SheetMakers,
  ) {}

  sheet(materialId: string, number: number): Promise<Sheet> {
    return remembered(this.sheets, `${materialId}/${number}`, SHEETS_MAX, () => this.make(materialId, number));
  }

  async pageCount(materialId: string): Promise<number> {
    const file = await this.file(materialId);
    return file.type === 'application/pdf' ? (await this.pdf(materialId, file)).count : 1;
  }

  private file(materialId: string): Promise<Blob> {
    return remembered(this.files, materialId, FILES_MAX, () => this.api.materialFile(materialId));
  }

  private pdf(materialId: string, file: Blob): Promise<PdfFile> {
    return remembered(this.pdfs, materialId, FILES_MAX, () => this.makers.pdf(file));
  }

  private async make(materialId: string, number: number): Promise<Sheet> {
    const file = await this.file(materialId);
    if (file.type === 'application/pdf') return (await this.pdf(materialId, file)).page(number);
    if (!isPicture(file.type)) throw new Error('not a picture');
    const dataUrl = await dataUrlOf(file);
    return { dataUrl, mediaType: file.type, ...(await this.makers.measure(dataUrl)) };
  }
}

/** The last few, and nothing that failed: the next look tries again. */
function remembered<T>(kept: Map<string, Promise<T>>, key: string, max: number, make: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  for (const old of kept.keys()) {
    if (kept.size <= max) break;
    kept.delete(old);
  }
  return made;
}

function dataUrlOf(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : '');
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(file);
  });
}

/** How the browser makes a sheet: it knows the size of a picture, and pdf.js draws a page. */
import type { PdfFile, Sheet, SheetMakers } from './sheets';

/** Sharp enough to read on a large screen, small enough for a phone's memory. */
const PAGE_WIDTH = 1_600;
const PAGE_PIXELS_MAX = 6_000_000;

declare const __PDF_ASSETS__: string;

/** Nothing is fetched from elsewhere. */
const OWN_ASSETS = { standardFontDataUrl: `${__PDF_ASSETS__}standard_fonts/`, cMapUrl: `${__PDF_ASSETS__}cmaps/`, cMapPacked: true, wasmUrl: `${__PDF_ASSETS__}wasm/` };

function measure(dataUrl: string): Promise<{ readonly width: number; readonly height: number }> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => reject(new Error('not a picture'));
    image.src = dataUrl;
  });
}

async function pdf(file: Blob): Promise<PdfFile> {
  const [{ getDocument, GlobalWorkerOptions }, worker] = await Promise.all([
    import('pdfjs-dist/legacy/build/pdf.mjs'),
    import('pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'),
  ]);
  GlobalWorkerOptions.workerSrc = worker.default;
  // No script of a file ever runs; forms and links in it are a picture here.
  const document_ = await getDocument({ data: new Uint8Array(await file.arrayBuffer()), isEvalSupported: false, enableXfa: false, ...OWN_ASSETS }).promise;
  return { count: document_.numPages, page: (number) => drawn(document_, number) };
}

interface PdfDocument {
  getPage(number: number): Promise<PdfPage>;
}

interface PdfPage {
  getViewport(options: { scale: number }): { readonly width: number; readonly height: number };
  render(options: { canvas: HTMLCanvasElement; viewport: never; background: string }): { readonly promise: Promise<unknown> };
}

async function drawn(document_: PdfDocument, number: number): Promise<Sheet> {
  const page = await document_.getPage(number);
  const natural = page.getViewport({ scale: 1 });
  const fits = Math.sqrt(PAGE_PIXELS_MAX / (natural.width * natural.height));
  const viewport = page.getViewport({ scale: Math.min(PAGE_WIDTH / natural.width, fits) });
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(viewport.width);
  canvas.height = Math.ceil(viewport.height);
  await page.render({ canvas, viewport: viewport as never, background: '#ffffff' }).promise;
  return { dataUrl: canvas.toDataURL('image/png'), mediaType: 'image/png', width: canvas.width, height: canvas.height };
}

export const sheetMakers: SheetMakers = { measure, pdf };

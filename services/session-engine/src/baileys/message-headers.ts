/** What a message says about a file or a person, without fetching anything. Senders choose these values: nothing in them is trusted. */

import type { MediaHeader } from '@wam/contracts';
import { type proto, toNumber } from '@whiskeysockets/baileys';

type File = Partial<
  Pick<
    proto.Message.IVideoMessage & proto.Message.IDocumentMessage,
    'mimetype' | 'fileLength' | 'fileName' | 'seconds' | 'width' | 'height'
  >
>;

const wholeNumber = (value: Parameters<typeof toNumber>[0]): number | undefined => {
  const number = value == null ? 0 : toNumber(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};
const limited = (text: string | null | undefined, length: number): string | undefined =>
  text ? text.slice(0, length) : undefined;

function fileOf(content: proto.IMessage): { type: MediaHeader['type']; file: File } | undefined {
  const { imageMessage, videoMessage, ptvMessage, audioMessage, documentMessage, stickerMessage } = content;
  if (imageMessage) return { type: 'image', file: imageMessage as File };
  if (videoMessage ?? ptvMessage) return { type: 'video', file: (videoMessage ?? ptvMessage) as File };
  if (audioMessage) return { type: audioMessage.ptt ? 'voice' : 'audio', file: audioMessage as File };
  if (documentMessage) return { type: 'document', file: documentMessage as File };
  if (stickerMessage) return { type: 'sticker', file: stickerMessage as File };
  return undefined;
}

export function mediaOf(content: proto.IMessage): { media: MediaHeader; fileName?: string } | undefined {
  const found = fileOf(content);
  if (!found) return undefined;
  const { type, file } = found;
  const media: MediaHeader = { type };
  const mimeType = limited(file.mimetype, 100);
  if (mimeType !== undefined) media.mimeType = mimeType;
  const numbers = {
    sizeBytes: wholeNumber(file.fileLength),
    durationSeconds: wholeNumber(file.seconds),
    widthPixels: wholeNumber(file.width),
    heightPixels: wholeNumber(file.height),
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined) media[name as keyof typeof numbers] = value;
  }
  const fileName = limited(file.fileName, 255);
  return { media, ...(fileName === undefined ? {} : { fileName }) };
}

/** Numbers of a vCard: `waid` is WhatsApp's own, digits; without it the digits of TEL lines. */
export function contactOf({ displayName, vcard }: proto.Message.IContactMessage): { name: string; phones: string[] } {
  const card = (vcard ?? '').slice(0, 10_000);
  const ids = [...card.matchAll(/waid=(\d+)/g)].flatMap((match) => match[1] ?? []);
  const lines = [...card.matchAll(/^(?:item\d+\.)?TEL[^:\n]*:(.+)$/gm)].map((match) =>
    (match[1] ?? '').replaceAll(/\D/g, ''),
  );
  const phones = ids.length > 0 ? ids : lines;
  return { name: displayName ?? '', phones: [...new Set(phones.filter((phone) => phone !== ''))].slice(0, 20) };
}

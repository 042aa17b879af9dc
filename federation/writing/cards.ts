import type { CardView } from "../../server/domain/card.ts";

// PURE: the card of a link. Terms of ActivityStreams alone; servers that know nothing of it see one Link more.

/**
 * The link that a note shows a card of, with what its page says (FEP-8967). Mastodon 4.7 takes the first Link for its own
 * card and reads the page itself; others take `preview` and leave the page in peace.
 */
export function toCard(card: CardView): Readonly<Record<string, unknown>> {
  return {
    type: "Link",
    mediaType: "text/html",
    href: card.url,
    name: card.title,
    preview: {
      type: "Article",
      name: card.title,
      url: card.url,
      ...(card.description === "" ? {} : { summary: card.description }),
      ...(card.author === "" ? {} : { attributedTo: { type: "Person", name: card.author } }),
      ...(card.imageUrl === null ? {} : { image: imageOf(card, card.imageUrl) }),
    },
  };
}

function imageOf({ width, height }: CardView, url: string): Readonly<Record<string, unknown>> {
  const size = width === null || height === null ? {} : { width, height };
  return { type: "Image", mediaType: "image/webp", url, ...size };
}

/** A piece of a line: words, or a link. */
export interface Piece {
  text: string
  href: string | null
}

export type Block =
  | { kind: 'heading'; level: 2 | 3; pieces: Piece[] }
  | { kind: 'paragraph'; lines: Piece[][] }
  | { kind: 'list'; items: Piece[][] }

const LINK = /\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>()]*[^\s<>().,;:!?])|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)/g

/** Only what leads to a page, a mailbox or a telephone: never "javascript:". */
const isSafe = (href: string) => /^(https?:\/\/|mailto:|tel:|\/(?!\/))/.test(href)

function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of line.matchAll(LINK)) {
    const [whole, label, target, address, mailbox] = match
    const href = target ?? address ?? `mailto:${mailbox}`
    if (match.index > end) pieces.push({ text: line.slice(end, match.index), href: null })
    pieces.push({ text: label ?? whole, href: isSafe(href) ? href : null })
    end = match.index + whole.length
  }
  if (end < line.length) pieces.push({ text: line.slice(end), href: null })
  return pieces
}

function blockOf(lines: readonly string[]): Block[] {
  const [first = '', ...others] = lines
  const heading = /^(#{1,6})\s+(.*)$/.exec(first)
  if (heading) {
    const level = (heading[1]?.length ?? 1) < 3 ? 2 : 3
    return [{ kind: 'heading', level, pieces: piecesOf(heading[2] ?? '') }, ...(others.length ? blockOf(others) : [])]
  }
  if (lines.every((line) => /^\s*[-*]\s+/.test(line))) {
    return [{ kind: 'list', items: lines.map((line) => piecesOf(line.replace(/^\s*[-*]\s+/, ''))) }]
  }
  return [{ kind: 'paragraph', lines: lines.map(piecesOf) }]
}

/**
 * A text that an operator wrote, as blocks to be drawn: paragraphs with their line breaks, and of Markdown headings,
 * lists and links. Whatever else stands in it stays the text that it is.
 */
export function blocksOf(text: string): Block[] {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n\s*\n/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== ''))
    .filter((lines) => lines.length > 0)
    .flatMap(blockOf)
}

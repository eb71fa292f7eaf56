import { describe, expect, it } from 'vitest'

import { blocksOf } from './plainText'

const words = (text: string) => [{ text, href: null }]

describe('blocksOf', () => {
  it('keeps paragraphs and their lines', () => {
    expect(blocksOf('Cars Ltd\r\n1 Road\n\nBerlin')).toEqual([
      { kind: 'paragraph', lines: [words('Cars Ltd'), words('1 Road')] },
      { kind: 'paragraph', lines: [words('Berlin')] },
    ])
  })

  it('knows headings and lists', () => {
    expect(blocksOf('# Imprint\nCars Ltd\n\n- one\n- two\n\n### Small')).toEqual([
      { kind: 'heading', level: 2, pieces: words('Imprint') },
      { kind: 'paragraph', lines: [words('Cars Ltd')] },
      { kind: 'list', items: [words('one'), words('two')] },
      { kind: 'heading', level: 3, pieces: words('Small') },
    ])
  })

  it('knows links, written out or not', () => {
    expect(blocksOf('See [us](https://example.org/a) or https://example.org/b. Write ada@example.org')).toEqual([
      {
        kind: 'paragraph',
        lines: [
          [
            { text: 'See ', href: null },
            { text: 'us', href: 'https://example.org/a' },
            { text: ' or ', href: null },
            { text: 'https://example.org/b', href: 'https://example.org/b' },
            { text: '. Write ', href: null },
            { text: 'ada@example.org', href: 'mailto:ada@example.org' },
          ],
        ],
      },
    ])
  })

  it('leaves markup as text, and no link that runs a script', () => {
    expect(blocksOf('<b>hi</b>')).toEqual([{ kind: 'paragraph', lines: [words('<b>hi</b>')] }])
    expect(blocksOf('[x](javascript:alert)')).toEqual([{ kind: 'paragraph', lines: [words('x')] }])
    expect(blocksOf('[x](//example.org)')).toEqual([{ kind: 'paragraph', lines: [words('x')] }])
  })
})

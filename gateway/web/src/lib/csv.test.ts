import { describe, expect, it } from 'vitest'

import { asWritten, csvLine, csvReader, delimiterOf, firstLine, neutral, readCsv } from './csv'

describe('neutral', () => {
  it('keeps formulas from being one, and numbers as they are', () => {
    expect(['=1+1', '+49 30', '-x', '@a', ' =x', '＝x'].map(neutral)).toEqual(["'=1+1", "'+49 30", "'-x", "'@a", "' =x", "'＝x"])
    expect(['-12.5', 'Golf', ''].map(neutral)).toEqual(['-12.5', 'Golf', ''])
  })

  it('is undone by asWritten, which leaves other apostrophes alone', () => {
    expect(["'=1+1", "'s Golf"].map(asWritten)).toEqual(['=1+1', "'s Golf"])
  })
})

describe('csvLine', () => {
  it('quotes what needs it', () => {
    expect(csvLine(['a', 'b,c', 'say "x"', 3, null, '=cmd()'])).toBe('a,"b,c","say ""x""",3,,\'=cmd()\r\n')
  })
})

describe('reading', () => {
  it('finds the delimiter', () => {
    expect(['make;model', 'make,model', 'make\tmodel', 'make'].map(delimiterOf)).toEqual([';', ',', '\t', ','])
  })

  it('takes quotes, line ends and blank lines as spreadsheets write them', () => {
    expect(readCsv('\uFEFFmake, model\r\n"VW","Golf ""GTI"""\r\n\r\n"two\nlines",x')).toEqual({
      header: ['make', 'model'],
      rows: [
        ['VW', 'Golf "GTI"'],
        ['two\nlines', 'x'],
      ],
    })
  })

  it('does not mind where a stream is cut', () => {
    const text = 'a,"b ""c"" d"\r\n1,"2\n3"\r\n'
    const whole = csvReader(',').read(text)
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = csvReader(',')
      expect([...reader.read(text.slice(0, cut)), ...reader.read(text.slice(cut)), ...reader.end()]).toEqual(whole)
    }
  })

  it('reads a first line', () => {
    expect(firstLine('\uFEFFa,b\r\n1,2')).toBe('a,b')
    expect(firstLine('')).toBe('')
  })
})

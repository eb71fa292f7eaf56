import { shallowReactive } from 'vue'

import { en } from './en'

/** Every text of the pages. English says which there are; a language that lacks one does not compile. */
export type Messages = typeof en

/**
 * The texts in the reader's language. A template or computed value that reads them follows a switch by itself; what a
 * module or setup reads once, outside of those, would keep the old language.
 */
export const messages: Messages = shallowReactive({ ...en })

export function speak(texts: Messages): void {
  Object.assign(messages, texts)
}

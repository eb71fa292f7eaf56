/** An address to go on to, from a query that anybody may have written: of this site, or its first page. */
export function inside(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

/** Icons in Quasar's notation: an SVG path, then its view box. */
const stroke = (path: string) => `${path}@@fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round|0 0 24 24`

export const icons = {
  arrowDown: stroke('M6 9.5l6 6 6-6'),
  clear: stroke('M7 7l10 10M17 7L7 17'),
  sun: stroke('M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4'),
  moon: stroke('M20 14.2A8.2 8.2 0 1 1 9.8 4a6.6 6.6 0 0 0 10.2 10.2z'),
  notice: stroke('M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M12 11v5.2M12 7.8v.1'),
}

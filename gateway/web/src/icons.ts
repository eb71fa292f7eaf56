/** Icons in Quasar's notation: an SVG path, then its view box. */
const stroke = (path: string) => `${path}@@fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round|0 0 24 24`

export const icons = {
  arrowDown: stroke('M6 9.5l6 6 6-6'),
  clear: stroke('M7 7l10 10M17 7L7 17'),
  sun: stroke('M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4'),
  moon: stroke('M20 14.2A8.2 8.2 0 1 1 9.8 4a6.6 6.6 0 0 0 10.2 10.2z'),
  notice: stroke('M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M12 11v5.2M12 7.8v.1'),
  menu: stroke('M4 7h16M4 12h16M4 17h16'),
  account: stroke('M12 4a4 4 0 1 1 0 8a4 4 0 1 1 0-8M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5'),
  eye: stroke('M2.5 12s3.5-6.5 9.5-6.5S21.5 12 21.5 12s-3.5 6.5-9.5 6.5S2.5 12 2.5 12M12 9a3 3 0 1 1 0 6a3 3 0 1 1 0-6'),
  eyeOff: stroke('M4 4l16 16M9.9 5.7A9.6 9.6 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-3.2 4M6.3 7.6A16.6 16.6 0 0 0 2.5 12S6 18.5 12 18.5a9.4 9.4 0 0 0 4.2-1M9.9 9.9a3 3 0 0 0 4.2 4.2'),
  copy: stroke('M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9'),
  check: stroke('M5 12.5l4.5 4.5L19 7.5'),
  file: stroke('M6 3.5h8l4 4v13H6zM14 3.5v4h4M12 17.5v-6.5M9.3 13.5L12 10.8l2.7 2.7'),
  columns: stroke('M4 5h16v14H4zM9.3 5v14M14.7 5v14'),
  sortUp: stroke('M7 14.5l5-5 5 5'),
  sortDown: stroke('M7 9.5l5 5 5-5'),
  sortNone: stroke('M8 10l4-4 4 4M8 14l4 4 4-4'),
}

// The line drawings of the tools, 24 × 24.

export const DRAWINGS = {
  exact: 'M4 4h4v4H4zM12 4h4v4h-4zM8 8h4v4H8zM16 8h4v4h-4zM4 12h4v4H4zM12 12h4v4h-4zM8 16h4v4H8zM16 16h4v4h-4z',
  angle: 'M20 19H4L15.5 4.5M11 19a7.5 7.5 0 0 0-2.4-5.6',
  contrast: 'M12 3.5a8.5 8.5 0 1 0 0 17zM12 3.5a8.5 8.5 0 0 1 0 17M12 8h6.5M12 12h8.5M12 16h6.5',
  data: 'M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4',
  ellipse: 'M12 5.5c5 0 9 2.9 9 6.5s-4 6.5-9 6.5-9-2.9-9-6.5 4-6.5 9-6.5z',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  flip: 'M12 3v18M9 7l-6 10h6zM15 7l6 10h-6z',
  full: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
  invert: 'M4 4h16v16H4zM4 20L20 4M7 14v3M10 11v6M13 8v9M16 7v10',
  key: 'M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z',
  length: 'M4 20L20 4M2.5 17l4.5 4.5M17 2.5l4.5 4.5',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1',
  move: 'M12 3v18M3 12h18M9.5 5.5L12 3l2.5 2.5M9.5 18.5L12 21l2.5-2.5M5.5 9.5L3 12l2.5 2.5M18.5 9.5L21 12l-2.5 2.5',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5l12 7.5-12 7.5z',
  plus: 'M12 5v14M5 12h14',
  probe: 'M12 3v6M12 15v6M3 12h6M15 12h6M12 12v.1',
  rectangle: 'M3.5 6h17v12h-17z',
  rotate: 'M19.5 12a7.5 7.5 0 1 1-2.6-5.7M20 3v4.5h-4.5',
  together: 'M7 4v12M3.5 12.5L7 16l3.5-3.5M17 4v12M13.5 12.5L17 16l3.5-3.5M4 20h16',
};

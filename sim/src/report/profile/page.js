'use strict';
(() => {
  const [names, root] = JSON.parse(document.getElementById('data').textContent);
  const graph = document.getElementById('graph');
  const shown = document.getElementById('shown');
  const search = document.getElementById('search');
  const matched = document.getElementById('matched');
  const ROW = 19, NARROWEST = 1.5;
  const total = root[1] || 1;
  let focus = [root];
  const percent = (cycles) => (100 * cycles / total).toFixed(2) + ' %';
  const words = (node) => names[node[0]] + ': ' + node[1].toLocaleString('en') + ' cycles, ' + percent(node[1]);
  const kind = (name, above) => {
    if (name.startsWith('[interrupt]')) return 'interrupt';
    if (name.startsWith('[waiting]') || name.startsWith('[polling]') || name.startsWith('[exceptions]')) return 'waiting';
    if (/ \([^)]*\.m?py:\d+\)$/.test(name) || / \(<[^)]*>:\d+\)$/.test(name)) return 'python';
    return above === 'python' ? '' : above;
  };
  const draw = () => {
    const wanted = search.value.trim().toLowerCase();
    const width = graph.clientWidth;
    const boxes = document.createDocumentFragment();
    let deepest = 0, hits = 0;
    const box = (node, path, x, w, depth, colour) => {
      if (w < NARROWEST) return;
      deepest = Math.max(deepest, depth);
      const name = names[node[0]];
      const e = document.createElement('div');
      const hit = wanted && name.toLowerCase().includes(wanted);
      e.className = hit ? 'hit' : colour;
      e.style.cssText = 'left:' + x + 'px;top:' + depth * ROW + 'px;width:' + w + 'px';
      if (w > 24) e.textContent = name;
      e.title = words(node);
      e.addEventListener('click', () => { focus = path; draw(); });
      e.addEventListener('mouseenter', () => { shown.textContent = words(node); });
      boxes.append(e);
    };
    const below = (node, path, x, w, depth, colour) => {
      box(node, path, x, w, depth, colour);
      if (w < NARROWEST) return;
      let at = x;
      for (const callee of [...node[2]].sort((a, b) => b[1] - a[1])) {
        const wide = node[1] ? w * callee[1] / node[1] : 0;
        below(callee, path.concat([callee]), at, wide, depth + 1, kind(names[callee[0]], colour));
        at += wide;
      }
    };
    // Every cycle below a match counts once.
    const count = (node) => names[node[0]].toLowerCase().includes(wanted) ? node[1] : node[2].reduce((sum, n) => sum + count(n), 0);
    let colour = '';
    focus.forEach((node, depth) => {
      colour = kind(names[node[0]], colour);
      const path = focus.slice(0, depth + 1);
      if (depth + 1 < focus.length) box(node, path, 0, width, depth, colour);
      else below(node, path, 0, width, depth, colour);
    });
    graph.replaceChildren(boxes);
    graph.style.height = (deepest + 1) * ROW + 'px';
    if (wanted) hits = count(root);
    matched.textContent = wanted ? percent(hits) + ' of all cycles' : '';
    shown.textContent = words(focus[focus.length - 1]);
  };
  search.addEventListener('input', draw);
  document.getElementById('reset').addEventListener('click', () => { focus = [root]; search.value = ''; draw(); });
  document.addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && focus.length > 1) { focus = focus.slice(0, -1); draw(); }
  });
  addEventListener('resize', draw);
  draw();
})();

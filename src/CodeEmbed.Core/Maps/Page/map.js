'use strict';
(() => {
  // Everything that came from code is put into the page as text, never as HTML.
  const [X, Y, LANGUAGE, FOLDER, NAME, PATH, LINES, CODE] = [0, 1, 2, 3, 4, 5, 6, 7];
  const palette = ['#1f77b4', '#e6550d', '#2ca02c', '#9467bd', '#d62728', '#8c564b', '#e377c2', '#17becf', '#bcbd22', '#393b79',
    '#637939', '#7b4173'];
  const otherColor = '#9a9a9a';
  const mostResults = 50;
  // The points fill the square from -1 to 1; some of it is left for an edge.
  const fill = 0.94;

  const byId = id => document.getElementById(id);
  const data = JSON.parse(byId('data').textContent);
  const points = data.points;
  const searched = points.map(point => `${point[NAME]}\n${point[PATH]}`.toLowerCase());
  const hidden = new Set();
  let colorBy = data.colorBy;
  let plot = null;
  let found = [];

  const groups = () => colorBy === 'folder' ? data.folders : data.languages;
  const groupOf = point => point[colorBy === 'folder' ? FOLDER : LANGUAGE];
  const colorOf = index => index < palette.length ? palette[index] : otherColor;
  const isShown = index => !hidden.has(groupOf(points[index]));
  const count = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

  function make(tag, text, className) {
    const element = document.createElement(tag);
    element.textContent = text;
    if (className)
      element.className = className;

    return element;
  }

  function describe(target, index) {
    const point = points[index];
    const lines = point[LINES] ? `, lines ${point[LINES]}` : '';
    target.replaceChildren(
      make('div', point[NAME], 'name'),
      make('div', `${point[PATH]}${lines} (${data.languages[point[LANGUAGE]].name})`, 'path'),
      point[CODE] === null ? make('div', 'The index holds no code.', 'path') : make('pre', point[CODE]));
    target.hidden = false;
  }

  function showHover(index) {
    const hover = byId('hover');
    describe(hover, index);
    const [x, y] = plot.getScreenPosition(index);
    const box = byId('plot').getBoundingClientRect();
    const left = Math.min(box.left + x + 14, window.innerWidth - hover.offsetWidth - 8);
    const below = box.top + y + 14;
    const top = below + hover.offsetHeight < window.innerHeight ? below : box.top + y - hover.offsetHeight - 14;
    hover.style.left = `${Math.max(8, left)}px`;
    hover.style.top = `${Math.max(8, top)}px`;
  }

  function drawLegend() {
    byId('legend').replaceChildren(...groups().map((group, index) => {
      const button = make('button', '');
      button.type = 'button';
      button.setAttribute('aria-pressed', String(!hidden.has(index)));
      const spot = make('i', '');
      spot.style.background = colorOf(index);
      button.append(spot, `${group.name} (${group.count.toLocaleString('en')})`);
      button.addEventListener('click', () => {
        if (!hidden.delete(index))
          hidden.add(index);

        drawLegend();
        update();
      });
      const item = make('li', '');
      item.append(button);
      return item;
    }));
  }

  // The hidden points, and those of the others that were found.
  async function update() {
    document.body.dataset.shown = String(points.filter((_, index) => isShown(index)).length);
    if (!plot)
      return;

    if (hidden.size > 0)
      await plot.filter([...points.keys()].filter(isShown), { preventEvent: true });
    else
      await plot.unfilter({ preventEvent: true });

    const visible = found.filter(isShown);
    if (visible.length > 0)
      plot.select(visible, { preventEvent: true });
    else
      plot.deselect({ preventEvent: true });
  }

  function search() {
    const text = byId('search').value.trim().toLowerCase();
    found = text === '' ? [] : [...points.keys()].filter(index => searched[index].includes(text));
    byId('found').textContent = text === '' ? '' : `${count(found.length, 'snippet')} found`
      + (found.length > mostResults ? `, the first ${mostResults} listed` : '');
    byId('results').replaceChildren(...found.slice(0, mostResults).map(index => {
      const button = make('button', points[index][NAME]);
      button.type = 'button';
      button.append(make('div', points[index][PATH], 'path'));
      button.addEventListener('click', () => {
        describe(byId('selected'), index);
        plot?.zoomToLocation([fill * points[index][X], fill * points[index][Y]], 0.3, { transition: true });
      });
      const item = make('li', '');
      item.append(button);
      return item;
    }));
    update();
  }

  function colors() {
    const shown = groups().map((_, index) => colorOf(index));
    return shown.length > 1 ? shown : [...shown, ...shown];
  }

  async function draw() {
    await plot.draw({
      x: points.map(point => fill * point[X]),
      y: points.map(point => fill * point[Y]),
      z: points.map(groupOf),
    });
    await update();
  }

  // By default the library draws at most the size of the screen; a window across two screens is larger.
  function fit() {
    plot.get('renderer').resize(window.innerWidth, window.innerHeight);
    plot.redraw();
  }

  async function start() {
    byId('summary').textContent = `${count(points.length, 'snippet')}, ${data.model}. The two axes hold `
      + `${Math.round(data.share * 100)} % of the variance of ${count(data.dimensions, 'dimension')}.`;
    byId('colors').value = colorBy;
    drawLegend();
    byId('search').addEventListener('input', search);
    const canvas = byId('plot');
    try {
      if (!document.createElement('canvas').getContext('webgl'))
        throw new Error('it needs WebGL, which this browser does not support.');

      plot = plotting.createScatterplot({
        canvas,
        width: 'auto',
        height: 'auto',
        backgroundColor: '#ffffff',
        pointSize: points.length < 2000 ? 7 : points.length < 10000 ? 5 : 3,
        pointSizeSelected: 3,
        opacity: points.length < 10000 ? 0.8 : 0.6,
        opacityInactiveMax: 0.25,
        colorBy: 'valueA',
        pointColor: colors(),
        actionKeyMap: {},
        deselectOnEscape: false,
        deselectOnDblClick: false,
      });
      plot.subscribe('pointOver', showHover);
      plot.subscribe('pointOut', () => { byId('hover').hidden = true; });
      plot.subscribe('view', () => { byId('hover').hidden = true; });
      plot.subscribe('select', ({ points: [index] }) => {
        if (index !== undefined)
          describe(byId('selected'), index);

        update();
      });
      plot.subscribe('deselect', () => update());
      window.addEventListener('resize', fit);
      await draw();
      fit();
    } catch (error) {
      plot = null;
      byId('problem').hidden = false;
      byId('problem').textContent = `The map cannot be drawn: ${error.message} The search still works.`;
    }

    byId('colors').addEventListener('change', async () => {
      colorBy = byId('colors').value;
      hidden.clear();
      drawLegend();
      if (!plot)
        return;

      plot.set({ pointColor: colors() });
      await draw();
    });

    // Where a point is on the screen, for scripts that drive the page.
    window.codeMap = {
      position: index => {
        const [x, y] = plot.getScreenPosition(index);
        const box = canvas.getBoundingClientRect();
        return [box.left + x, box.top + y];
      },
    };
    document.body.dataset.ready = plot ? 'true' : 'without-plot';
  }

  start();
})();

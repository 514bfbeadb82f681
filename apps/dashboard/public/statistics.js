/** Totals, chart and failures of the last seven days. */
import { request } from './api.js';
import { act, byId, element, svgElement, timeText } from './elements.js';

const series = ['sent', 'delivered', 'read', 'failed'];
const failuresShown = 10;
const size = { width: 700, height: 220, top: 16, bottom: 30, left: 36 };

export function startStatistics() {
  const button = byId('refresh-statistics');
  button.addEventListener('click', () => void act(button, refreshStatistics));
}

export async function refreshStatistics() {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const query = new URLSearchParams({ days: '7', ...(timeZone ? { timeZone } : {}) });
  const [stats, failures] = await Promise.all([
    request('GET', `/api/messages/stats?${query}`),
    request('GET', `/api/messages/failed?limit=${failuresShown}`),
  ]);
  byId('totals').replaceChildren(...series.map((name) => total(name, stats.totals[name])));
  byId('chart').replaceChildren(barChart(stats.chart));
  byId('figures').replaceChildren(...figures(stats.chart));
  byId('failed').replaceChildren(
    ...(failures.count === 0 ? [element('li', {}, 'None.')] : failures.messages.map(failureItem)),
  );
}

function total(name, count) {
  const node = element('div', {}, element('dt', {}, name), element('dd', {}, String(count)));
  node.dataset.series = name;
  return node;
}

const failureItem = ({ recipient, error, timestamp, message }) =>
  element(
    'li',
    {},
    element('p', { className: 'facts' }, `${recipient}, ${timeText(timestamp)}`),
    element('p', { className: 'text' }, `${error}: ${message}`),
  );

function figures(chart) {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Day'),
    ...series.map((name) => element('th', { scope: 'col' }, name)),
  );
  const rows = chart.labels.map((label, day) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, label),
      ...series.map((name) => element('td', {}, String(chart[name][day]))),
    ),
  );
  return [element('thead', {}, head), element('tbody', {}, ...rows)];
}

function barChart(chart) {
  const highest = Math.max(1, ...series.flatMap((name) => chart[name]));
  const plotHeight = size.height - size.top - size.bottom;
  const dayWidth = (size.width - size.left) / chart.labels.length;
  const barWidth = (dayWidth * 0.8) / series.length;
  const svg = svgElement('svg', {
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: 'img',
    'aria-label': 'Messages per day; the figures are in the table below',
  });
  for (const value of [0, highest]) {
    const y = size.top + plotHeight * (1 - value / highest);
    svg.append(
      svgElement('line', { class: 'grid', x1: size.left, x2: size.width, y1: y, y2: y }),
      svgElement('text', { x: size.left - 6, y: y + 4, 'text-anchor': 'end' }, String(value)),
    );
  }
  chart.labels.forEach((label, day) => {
    const x = size.left + day * dayWidth;
    svg.append(
      svgElement('text', { x: x + dayWidth / 2, y: size.height - 8, 'text-anchor': 'middle' }, label.split(',')[0]),
    );
    series.forEach((name, index) => {
      const height = (chart[name][day] / highest) * plotHeight;
      const bar = svgElement(
        'rect',
        {
          class: `bar ${name}`,
          x: x + dayWidth * 0.1 + index * barWidth,
          y: size.top + plotHeight - height,
          width: Math.max(1, barWidth - 2),
          height,
        },
        svgElement('title', {}, `${label}: ${chart[name][day]} ${name}`),
      );
      svg.append(bar);
    });
  });
  return svg;
}

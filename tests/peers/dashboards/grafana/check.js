// Standard input: {units, colours, columns, tables}, as grafana_test.py makes them. Says what Grafana's own code makes of each, as JSON.
// What a browser would have.
globalThis.navigator ??= {};
if (!navigator.languages) Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-US'], userAgent: '' }, configurable: true });
const data = require('@grafana/data');
globalThis.window ??= globalThis; // only now: before, packages take it for a whole browser
const { firstValueFrom } = require('rxjs');

const theme = data.createTheme();
const transformers = [...new Set(Object.values(data.standardTransformers))];
data.standardTransformersRegistry.setInit(() => transformers.map((one) => ({ id: one.id, name: one.name, transformation: () => Promise.resolve(one), editor: () => null })));

// [text, colour] of a value in a field that is shown so.
function shown({ config, values }) {
  const type = typeof values[0] === 'number' ? data.FieldType.number : data.FieldType.string;
  const display = data.getDisplayProcessor({ field: { name: 'x', type, config, values }, theme });
  return values.map((value) => { const one = display(value); return [(one.prefix || '') + one.text + (one.suffix || ''), one.color]; });
}

async function rows({ frames, transformations }) {
  const made = await firstValueFrom(data.transformDataFrame(transformations, frames.map((frame) => data.toDataFrame(frame))));
  return made.map((frame) => ({ fields: frame.fields.map((field) => data.getFieldDisplayName(field, frame)), rows: Array.from({ length: frame.length }, (_, i) => frame.fields.map((field) => field.values[i] ?? null)) }));
}

(async () => {
  const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const known = data.getValueFormats().flatMap((group) => group.submenu.map((one) => one.value));
  console.log(JSON.stringify({
    units: asked.units.filter((unit) => known.includes(unit)),
    colours: asked.colours.map((name) => theme.visualization.getColorByName(name)),
    columns: asked.columns.map(shown),
    tables: await Promise.all(asked.tables.map(rows)),
  }));
})();

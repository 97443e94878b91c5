// Parses Bicep files with the tree-sitter grammar: 0 when all are whole, 1 with FILE:LINE:COLUMN for each place that is
// not, 2 when there is nothing to check. It sees broken syntax and nothing else; `bicep build` sees the rest.
//
//     node check.js [FILE or FOLDER]...     (the folder above this one)

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';

const here = dirname(fileURLToPath(import.meta.url));

function filesIn(path) {
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(path, entry.name)) : [join(path, entry.name)]))
    .filter((file) => /\.bicep(param)?$/.test(file));
}

// The grammar knows no parameter files. They are what is left when `using` is a comment and `param x = …` a variable;
// columns stay as they are.
function textOf(file) {
  const text = readFileSync(file, 'utf8');
  return file.endsWith('.bicepparam') ? text.replace(/^using /m, '//    ').replace(/^param (?=\w+ *=)/gm, 'var   ') : text;
}

const closers = { '{': '}', '${': '}', '[': ']', '(': ')' };

function* leavesOf(node) {
  if (node.childCount === 0) {
    yield node;
  }
  for (const child of node.children) {
    yield* leavesOf(child);
  }
}

/** Of what does not parse, the first bracket that nothing closes says more than its beginning. */
function unclosedIn(node) {
  const open = [];
  for (const leaf of leavesOf(node)) {
    if (leaf.text in closers) {
      open.push(leaf);
    } else if (Object.values(closers).includes(leaf.text)) {
      if (open.length === 0 || closers[open.at(-1).text] !== leaf.text) {
        return open.at(-1) ?? leaf;
      }
      open.pop();
    }
  }
  return open.at(-1);
}

/** The grammar takes two properties, items or statements on one line; Bicep wants a comma, or a new line. */
function* crampedIn(node) {
  const parts = node.children.filter((child) => child.type !== 'comment');
  for (let i = 1; i < parts.length && ['infrastructure', 'object', 'array'].includes(node.type); i++) {
    const [before, after] = [parts[i - 1], parts[i]];
    const onOneLine = before.endPosition.row === after.startPosition.row && before.endIndex < after.startIndex;
    if (onOneLine && before.isNamed && after.isNamed && before.type !== 'decorators') {
      yield after;
    }
  }
  for (const child of node.children) {
    yield* crampedIn(child);
  }
}

function* problemsIn(node) {
  if (node.isMissing) {
    yield [node, `missing ${node.type}`];
  } else if (node.isError) {
    const unclosed = unclosedIn(node);
    yield unclosed ? [unclosed, `'${unclosed.text}' has no counterpart`] : [node, `does not parse: ${node.text.split('\n')[0].trim().slice(0, 80)}`];
  } else if (node.hasError) {
    for (const child of node.children) {
      yield* problemsIn(child);
    }
  }
}

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(join(here, 'node_modules/tree-sitter-bicep/tree-sitter-bicep.wasm')));

const files = (process.argv.length > 2 ? process.argv.slice(2) : [dirname(here)]).flatMap(filesIn).sort();
let broken = 0;
for (const file of files) {
  const root = parser.parse(textOf(file)).rootNode;
  const problems = root.hasError ? [...problemsIn(root)] : [...crampedIn(root)].map((node) => [node, 'stands behind another on its line']);
  for (const [node, problem] of problems) {
    console.error(`${relative(process.cwd(), file)}:${node.startPosition.row + 1}:${node.startPosition.column + 1}: ${problem}`);
    broken++;
  }
}

if (files.length === 0) {
  console.error('There is no .bicep or .bicepparam file here.');
  process.exit(2);
}
console.log(`${files.length} Bicep files, ${broken} broken places`);
process.exit(broken === 0 ? 0 : 1);

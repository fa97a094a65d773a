// Puts together what an image holds of one program: its own compiled code, that of the libraries it uses, and the packages
// that these need at run time. Usage: node docker/ship.mjs <app> <empty folder>, in a checkout in which the app is built.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const [app, target] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const workspaces = ['apps', 'libs', 'tools'].flatMap((group) =>
  readdirSync(group)
    .map((name) => `${group}/${name}`)
    .filter((folder) => existsSync(`${folder}/package.json`)),
);
const byName = new Map(workspaces.map((folder) => [read(`${folder}/package.json`).name, folder]));

/** The folders of a workspace and of every workspace that it needs at run time. */
const closure = (folder, found = new Set()) => {
  if (found.has(folder)) return found;
  found.add(folder);
  for (const name of Object.keys(read(`${folder}/package.json`).dependencies ?? {}))
    if (byName.has(name)) closure(byName.get(name), found);
  return found;
};
const used = closure(`apps/${app}`);

const copy = (path, filter = () => true) => {
  if (!existsSync(path)) return;
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(path, join(target, path), { recursive: true, filter });
};
for (const path of ['package.json', 'package-lock.json', '.npmrc']) copy(path);
// npm wants the manifests of all workspaces, to compare them with the lock file.
for (const folder of workspaces) copy(`${folder}/package.json`);
const npm = ['ci', '--omit=dev', `--workspace=apps/${app}`, '--ignore-scripts', '--no-audit', '--no-fund'];
execFileSync('npm', npm, { cwd: target, stdio: 'inherit' });

for (const folder of workspaces) {
  if (!used.has(folder)) {
    rmSync(join(target, folder), { recursive: true, force: true });
    rmSync(join(target, 'node_modules', read(`${folder}/package.json`).name), { force: true });
    continue;
  }
  copy(`${folder}/dist`, (path) => !/\.(?:d\.ts|map|tsbuildinfo)$/.test(path));
  copy(`${folder}/proto`);
}
/** Where Node finds a package from a folder: in `node_modules` there or above. */
const found = (name, folder) => {
  for (let at = folder; at.startsWith(root); at = dirname(at))
    if (existsSync(join(at, 'node_modules', name, 'package.json'))) return realpathSync(join(at, 'node_modules', name));
  return null;
};
const root = realpathSync(target);
const needed = new Set();
const need = (folder) => {
  if (needed.has(folder)) return;
  needed.add(folder);
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = read(
    join(folder, 'package.json'),
  );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const optional = peerDependenciesMeta?.[name]?.optional && !dependencies?.[name] && !optionalDependencies?.[name];
    const at = optional ? null : found(name, folder);
    if (at) need(at);
  }
};
need(join(root, 'apps', app));
// npm installs what the libraries need for their tests, too, because they are workspaces. Only what is needed stays.
const sweep = (modules) => {
  if (!existsSync(modules)) return;
  for (const name of readdirSync(modules)) {
    const path = join(modules, name);
    if (name.startsWith('@')) sweep(path);
    else if (name.startsWith('.') || !existsSync(path) || !needed.has(realpathSync(path)))
      rmSync(path, { recursive: true, force: true });
    else if (!lstatSync(path).isSymbolicLink()) sweep(join(path, 'node_modules'));
  }
  if (readdirSync(modules).length === 0) rmSync(modules, { recursive: true });
};
for (const folder of ['.', ...used]) sweep(join(root, folder, 'node_modules'));
rmSync(join(target, 'tools'), { recursive: true, force: true });
for (const path of ['package-lock.json', '.npmrc', 'node_modules/.package-lock.json'])
  rmSync(join(target, path), { force: true });
// Only what Node reads: the scripts of the checkout mean nothing here.
writeFileSync(join(target, 'package.json'), `${JSON.stringify({ private: true, type: 'module' })}\n`);

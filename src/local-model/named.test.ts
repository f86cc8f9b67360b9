import { expect, test } from 'vitest'
import { pathsIn, pointedAt } from './named.ts'

test.each<[project: string, text: string]>([
  ['web-shop', 'The shop is slow'],
  ['web-shop', 'Please look at the Web Shop'],
  ['webShop', 'der SHOP ist kaputt'],
  ['WebShop', 'the webshop is down'],
  ['clients/acme_portal', "Acme's portal shows a blank page"],
  ['my.blog', 'new theme for the blog?'],
  ['größe-rechner', 'Der Größe-Rechner rundet falsch'],
  ['gro\u0308ße', 'Die Größe stimmt nicht'],
  ['shop2', 'shop2 again'],
  ['shop', '请修复shop项目中的错误'],
  ['商店', '请修复商店的登录'],
  ['ui', 'the ui flickers'],
  ['clients/acme', 'in clients/acme, please'],
])('%s is pointed at by: %s', (project, text) => {
  expect(pointedAt([project, 'nothing-of-the-kind'], text)).toEqual([project])
})

test.each<[project: string, text: string]>([
  ['web-shop', 'Restyle my blog'],
  ['shop', 'I went shopping'],
  ['ui', 'Build it'],
  ['a-b', 'a and b'],
  ['123-go', '123 go'],
  ['clients/acme', 'the clients complain'],
  ['web-shop', ''],
  ['die-seite', 'The die is cast'],
])('%s is not pointed at by: %s', (project, text) => {
  expect(pointedAt([project], text)).toEqual([])
})

test('the paths of a text are those of directories, without addresses and files', () => {
  const text =
    'In packages/auth (see src/login.ts, /srv/app, C:\\work\\app, ~/notes and ./docs/), not https://a.example/b/c or a/b. / is no path.'

  expect(pathsIn(text)).toEqual(['packages/auth', '/srv/app', 'C:\\work\\app', '~/notes', './docs/', 'a/b'])
})

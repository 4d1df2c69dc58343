import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseLanguage } from '../../console/src/i18n/choose-language.ts'

test("the console speaks the chosen language, else the account's, else the browser's, else Chinese", () => {
  assert.equal(chooseLanguage('en', 'zh-CN', ['zh-CN']), 'en')
  assert.equal(chooseLanguage('zh', 'en', ['en-US']), 'zh')
  assert.equal(chooseLanguage(null, 'en', ['zh-CN']), 'en')
  assert.equal(chooseLanguage(null, 'zh-CN', ['en-US']), 'zh')
  for (const language of ['zh', 'zh-CN', 'zh-TW', 'ZH-hans'])
    assert.equal(chooseLanguage(null, null, [language, 'en']), 'zh', language)
  assert.equal(chooseLanguage(null, null, ['en-GB', 'zh-CN']), 'en')
  assert.equal(chooseLanguage(null, null, ['de']), 'en')
  assert.equal(chooseLanguage(null, null, []), 'zh')
  assert.equal(chooseLanguage(null, null, ['']), 'zh')
})

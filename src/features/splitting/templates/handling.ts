import type { RuleTemplate } from '#domain/rulebook.ts'
import { act, ask, decided, done, modelOf, orderInput, reviewed, toReview } from './build.ts'

const FROZEN_LINE = '"frozen" in sku_tags'
const HAZMAT_LINE = '"hazmat" in sku_tags'

/** Frozen goods leave by cold chain; what is bound to them comes along. */
export const coldChain: RuleTemplate = {
  id: 'cold-chain',
  name: { zh: '冷链与常温分开', en: 'cold chain apart' },
  description: {
    zh: '带 frozen 标签的商品单独成包，并且只由能发冷链的仓库发。绑定的赠品和组合装跟着冷链走。',
    en: 'SKUs tagged frozen leave in a parcel of their own, from warehouses that take frozen goods; gifts and bundles come along.',
  },
  model: modelOf('frozen', [
    ask('frozen', 0, '有冷冻商品？', '"frozen" in tags', 'apart', 'done'),
    act('apart', 1, '冷冻单独成包', 'separate', { lines: FROZEN_LINE, reason: '"冷链单独发"' }, 'cold'),
    act('cold', 2, '要冷链仓', 'needs', { tag: '"frozen"', lines: FROZEN_LINE }, 'done'),
    done(3),
  ]),
  cases: [
    decided('冷冻 + 常温', orderInput([{ sku: 'ICE', tags: ['frozen'] }, { sku: 'TEA' }]), [
      { action: 'separate', params: { lines: ['1'], reason: '冷链单独发' } },
      { action: 'needs', params: { tag: 'frozen', lines: ['1'] } },
    ]),
    decided('只有常温', orderInput([{ sku: 'TEA' }, { sku: 'CUP' }]), []),
  ],
}

/** Dangerous goods never share a parcel with anything else. */
export const hazmat: RuleTemplate = {
  id: 'hazmat',
  name: { zh: '危险品单独发', en: 'dangerous goods alone' },
  description: {
    zh: '带 hazmat 标签的商品绝不与其他商品同装；与普通商品强绑定时转人工。要能发危险品的仓库。',
    en: 'SKUs tagged hazmat never share a parcel with others; bound hard to ordinary goods they go to review.',
  },
  model: modelOf('hazmat', [
    ask('hazmat', 0, '有危险品？', '"hazmat" in tags', 'apart', 'done'),
    act(
      'apart',
      1,
      '不与普通商品同装',
      'never_together',
      { lines: HAZMAT_LINE, others: `!(${HAZMAT_LINE})` },
      'need',
    ),
    act('need', 2, '要危险品仓', 'needs', { tag: '"hazmat"', lines: HAZMAT_LINE }, 'done'),
    done(3),
  ]),
  cases: [
    decided('电池 + 衣服', orderInput([{ sku: 'CELL', tags: ['hazmat'] }, { sku: 'SHIRT' }]), [
      { action: 'never_together', params: { lines: ['1'], others: ['2'] } },
      { action: 'needs', params: { tag: 'hazmat', lines: ['1'] } },
    ]),
    decided('没有危险品', orderInput([{ sku: 'SHIRT' }]), []),
  ],
}

const PRESALE_LINE = '"presale" in sku_tags'

/** What is not there yet does not hold up the rest. */
export const presale: RuleTemplate = {
  id: 'presale',
  name: { zh: '预售与现货', en: 'pre-sale and in stock' },
  description: {
    zh: '带 presale 标签的预售商品单独成包，现货先发；赠品跟着自己的主品。',
    en: 'SKUs tagged presale leave on their own, so that the rest does not wait; gifts go with their products.',
  },
  model: modelOf('presale', [
    ask('presale', 0, '有预售商品？', '"presale" in tags', 'apart', 'done'),
    act('apart', 1, '预售单独成包', 'separate', { lines: PRESALE_LINE, reason: '"预售商品后发"' }, 'done'),
    done(2),
  ]),
  cases: [
    decided('预售 + 现货', orderInput([{ sku: 'NEW', tags: ['presale'] }, { sku: 'OLD' }]), [
      { action: 'separate', params: { lines: ['1'], reason: '预售商品后发' } },
    ]),
    decided('只有现货', orderInput([{ sku: 'OLD' }]), []),
  ],
}

/** The carriers' usual ceiling, and what a shop of all sorts needs, in one set. */
export const everything: RuleTemplate = {
  id: 'everything',
  name: { zh: '综合：危险品、冷链、预售、超重', en: 'all of it: dangerous, frozen, pre-sale, heavy' },
  description: {
    zh: '先拆危险品，再拆冷链和预售，最后按 20 kg 拆包；寄往境外的危险品转人工。',
    en: 'Dangerous goods first, then frozen and pre-sale ones, then parcels of 20 kg; dangerous goods for abroad go to review.',
  },
  model: modelOf('hazmat', [
    ask('hazmat', 0, '有危险品？', '"hazmat" in tags', 'abroad', 'frozen'),
    ask('abroad', 1, '寄往境外？', 'country != "CN"', 'review', 'apart'),
    act(
      'apart',
      2,
      '不与普通商品同装',
      'never_together',
      { lines: HAZMAT_LINE, others: `!(${HAZMAT_LINE})` },
      'need',
    ),
    act('need', 3, '要危险品仓', 'needs', { tag: '"hazmat"', lines: HAZMAT_LINE }, 'frozen'),
    ask('frozen', 4, '有冷冻商品？', '"frozen" in tags', 'ice', 'presale'),
    act('ice', 5, '冷冻单独成包', 'separate', { lines: FROZEN_LINE, reason: '"冷链单独发"' }, 'cold'),
    act('cold', 6, '要冷链仓', 'needs', { tag: '"frozen"', lines: FROZEN_LINE }, 'presale'),
    ask('presale', 7, '有预售商品？', '"presale" in tags', 'later', 'heavy'),
    act('later', 8, '预售单独成包', 'separate', { lines: PRESALE_LINE, reason: '"预售商品后发"' }, 'heavy'),
    act('heavy', 9, '单包 20 kg', 'limit_weight', { most: '20000', oversize: '"own"' }, 'done'),
    done(10),
    toReview('review', 1, '转人工', '危险品寄往境外，先确认能否承运'),
  ]),
  cases: [
    decided('普通订单只限重', orderInput([{ sku: 'TEA' }]), [
      { action: 'limit_weight', params: { most: 20_000n, oversize: 'own' } },
    ]),
    reviewed('危险品寄往境外', orderInput([{ sku: 'CELL', tags: ['hazmat'] }], { country: 'US' })),
  ],
}

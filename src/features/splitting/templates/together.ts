import type { RuleTemplate } from '#domain/rulebook.ts'
import { act, ask, decided, done, modelOf, orderInput } from './build.ts'

const SET_LINE = 'gift || sku in ["A", "B"]'
const A = { sku: 'A' }
const B = { sku: 'B' }
const C = { sku: 'C', gift: true }
const kept = (lines: readonly string[]) => [{ action: 'keep_together', params: { lines, strength: 'hard' } }]

/** Buy A and B, get C: the three in one parcel, or none of them leaves. */
export const giftWithMain: RuleTemplate = {
  id: 'gift-with-main',
  name: { zh: '赠品跟主品（A+B+C）', en: 'gifts with their products (A+B+C)' },
  description: {
    zh: '买 A、B 送 C：有赠品时 A、B、C 必须同一子单，绝不只发赠品。把 A、B 换成你的主品编码。',
    en: 'Buy A and B, get C: with a gift in the order the three share one parcel, and no gift leaves alone. Put your own SKUs for A and B.',
  },
  model: modelOf('gift', [
    ask('gift', 0, '有赠品？', 'has_gift', 'keep', 'done'),
    act('keep', 1, 'A、B 和赠品同一子单', 'keep_together', { lines: SET_LINE, strength: '"hard"' }, 'done'),
    done(2),
  ]),
  cases: [
    decided('A+B+C：三件同一子单', orderInput([A, B, C]), kept(['1', '2', '3'])),
    decided('行序不同，结果一样', orderInput([C, B, A]), kept(['1', '2', '3'])),
    decided('A+B，没有赠品：不绑定', orderInput([A, B]), []),
    decided('只有 A 和赠品', orderInput([A, C]), kept(['1', '2'])),
    decided('只有 B 和赠品', orderInput([B, C]), kept(['1', '2'])),
    decided('A+B+C 加无关商品 D：D 不绑定', orderInput([A, B, C, { sku: 'D' }]), kept(['1', '2', '3'])),
    decided('A 买两件', orderInput([{ sku: 'A', quantity: 2 }, B, C]), kept(['1', '2', '3'])),
    decided('赠品两件', orderInput([A, B, { ...C, quantity: 2 }]), kept(['1', '2', '3'])),
    decided('两种赠品', orderInput([A, B, C, { sku: 'E', gift: true }]), kept(['1', '2', '3', '4'])),
    decided('C 是付钱买的，不是赠品', orderInput([A, B, { sku: 'C' }]), []),
    decided('A 分成两行', orderInput([A, A, B, C]), kept(['1', '2', '3', '4'])),
    decided('主品只有 D：仅赠品命中', orderInput([{ sku: 'D' }, C]), kept(['2'])),
    decided('只有赠品', orderInput([C]), kept(['1'])),
  ],
}

/** The buyer asked for one parcel. */
export const forceTogether: RuleTemplate = {
  id: 'force-together',
  name: { zh: '强制合并（忽略仓库库存差异）', en: 'force into one parcel' },
  description: {
    zh: '买家备注要求一起发时，整单强制合并为一个子单，只由一个仓库发，哪怕更近的仓库有一部分货；库存不够就等，绝不超卖。',
    en: 'Where the buyer asks for it, the whole order leaves as one parcel from one warehouse, even if a nearer one has a part; it waits rather than oversell.',
  },
  model: modelOf('asked', [
    ask(
      'asked',
      0,
      '备注要求一起发？',
      'buyer_note.contains("一起发") || buyer_note.contains("不要拆")',
      'force',
      'done',
    ),
    act('force', 1, '强制合并', 'force_together', { ignore_stock_difference: 'true' }, 'done'),
    done(2),
  ]),
  cases: [
    decided('备注：一起发', orderInput([A, B], { buyer_note: '麻烦一起发' }), [
      { action: 'force_together', params: { ignore_stock_difference: true } },
    ]),
    decided('没有备注', orderInput([A, B]), []),
  ],
}

/** Parcels that the carrier takes and the courier carries. */
export const overweight: RuleTemplate = {
  id: 'overweight',
  name: { zh: '超重拆包', en: 'parcels of 20 kg' },
  description: {
    zh: '每包不超过 20 kg；单件就超重的单独成包。重量来自商品档案，缺重量的多件订单转人工。',
    en: 'At most 20 kg a parcel; a heavier piece leaves alone. Weights come from the SKU profiles; without one, an order of several pieces goes to review.',
  },
  model: modelOf('heavy', [
    act('heavy', 0, '单包 20 kg', 'limit_weight', { most: '20000', oversize: '"own"' }, 'done'),
    done(1),
  ]),
  cases: [
    decided('任何订单都限重', orderInput([{ sku: 'RICE', quantity: 5, weightG: 10_000 }]), [
      { action: 'limit_weight', params: { most: 20_000n, oversize: 'own' } },
    ]),
  ],
}

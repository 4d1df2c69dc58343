import { Link } from '@tanstack/react-router'
import type { Money, OrderDetail } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { MoneyText } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'

export function OrderLines({ order }: { readonly order: OrderDetail }) {
  const { t } = useWording()
  return (
    <div className="hf-scroll-x">
      <table className="hf-plain-table">
        <thead>
          <tr>
            <th>{t('drawer.col.title')}</th>
            <th>{t('drawer.col.shopSku')}</th>
            <th>{t('drawer.col.stockSku')}</th>
            <th className="hf-right">{t('drawer.col.quantity')}</th>
            <th className="hf-right">{t('drawer.col.unitPrice')}</th>
            <th className="hf-right">{t('drawer.col.paid')}</th>
          </tr>
        </thead>
        <tbody>
          {order.lines.map((line) => (
            <tr key={line.lineId}>
              <td>
                {line.title} {line.gift ? <Tag tone="good">{t('drawer.gift')}</Tag> : null}
                {line.spec ? <div className="hf-faint">{line.spec}</div> : null}
              </td>
              <td>
                {line.shopSku ? (
                  <code>{line.shopSku}</code>
                ) : (
                  <span className="hf-faint">{t('drawer.noShopSku')}</span>
                )}
              </td>
              <td>
                {line.stockSku ? (
                  <code>{line.stockSku}</code>
                ) : (
                  <Link
                    to="/skus"
                    search={{
                      connection: order.connection.id,
                      ...(line.shopSku ? { q: line.shopSku } : { orderNo: order.orderNo }),
                    }}
                    preload={false}
                    className="hf-tag-link"
                    title={t('orders.mark.match')}
                  >
                    <Tag tone="wait">{t('drawer.unmatched')}</Tag>
                  </Link>
                )}
              </td>
              <td className="hf-right hf-num">{line.quantity}</td>
              <td className="hf-right">
                <MoneyText money={line.unitPrice} />
              </td>
              <td className="hf-right">{line.paid ? <MoneyText money={line.paid} /> : '–'}</td>
            </tr>
          ))}
        </tbody>
        <Totals order={order} />
      </table>
    </div>
  )
}

/** The hub gives a discount as what it takes off. */
function taken(money: Money): Money {
  return /[1-9]/.test(money.amount) ? { ...money, amount: `-${money.amount.replace('-', '')}` } : money
}

function Totals({ order }: { readonly order: OrderDetail }) {
  const { t, word } = useWording()
  const { totals } = order
  if (!totals) {
    return (
      <tfoot>
        <tr>
          <td colSpan={6} className="hf-faint">
            {t('drawer.noTotals')}
          </td>
        </tr>
      </tfoot>
    )
  }
  const rows = [
    ['goods', totals.goods],
    ['shipping', totals.shipping],
    ['discount', totals.discount],
    ['payable', totals.payable],
  ] as const
  return (
    <tfoot>
      {rows.map(([name, money]) => (
        <tr key={name} className={name === 'payable' ? 'hf-total' : ''}>
          <td colSpan={5} className="hf-right">
            {name === 'discount' && totals.discounts && totals.discounts.length > 0 ? (
              <span className="hf-faint">
                {totals.discounts
                  .map((one) => `${one.label}（${word('bearer', one.bearer)}）`)
                  .join(t('common.and'))}{' '}
              </span>
            ) : null}
            {t(`drawer.${name}`)}
          </td>
          <td className="hf-right">
            <MoneyText money={name === 'discount' ? taken(money) : money} />
          </td>
        </tr>
      ))}
    </tfoot>
  )
}

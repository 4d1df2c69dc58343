import { EyeInvisibleOutlined, EyeOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { OrderDetail, Recipient } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { ORDERS } from './order-queries.ts'

/** Masked until somebody with the right asks; every look is audited by the hub and forgotten here on closing. */
export function OrderRecipient({ order }: { readonly order: OrderDetail }) {
  const { t } = useWording()
  const can = useCan()
  const fail = useProblemToast()
  const reveal = useMutation({
    mutationFn: () => write<Recipient>('POST', `${ORDERS}/${order.id}/reveal`),
    onError: fail,
    gcTime: 0,
  })
  if (order.recipient === null) return <p className="hf-faint">{t('drawer.noRecipient')}</p>
  return (
    <div className="hf-recipient">
      {reveal.data ? <WholeRecipient recipient={reveal.data} /> : <p>{order.recipient}</p>}
      {can('orders:write') ? (
        <p>
          {reveal.data ? (
            <Button icon={<EyeInvisibleOutlined />} onClick={() => reveal.reset()}>
              {t('drawer.hide')}
            </Button>
          ) : (
            <Button icon={<EyeOutlined />} loading={reveal.isPending} onClick={() => reveal.mutate()}>
              {t('drawer.reveal')}
            </Button>
          )}{' '}
          <span className="hf-faint">{t('drawer.revealHint')}</span>
        </p>
      ) : null}
    </div>
  )
}

function WholeRecipient({ recipient }: { readonly recipient: Recipient }) {
  const { t } = useWording()
  const { name, phone, country, province, city, district, address, postalCode } = recipient
  return (
    <>
      <p>
        <b>{name}</b> <span className="hf-num">{phone}</span>
      </p>
      <p>{[country, province, city, district, address, postalCode].filter(Boolean).join(' ')}</p>
      {recipient.ciphertext ? <p className="hf-faint">{t('drawer.ciphertext')}</p> : null}
    </>
  )
}

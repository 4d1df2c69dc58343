import { Link } from '@tanstack/react-router'
import type { Endangers, Frees } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Countdown } from '#/parts/countdown.tsx'
import { Facts, MoneyText } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

/** Side by side: what freeing a hold brings, and what it endangers. */
export function Weighing({ frees, endangers }: { readonly frees: Frees; readonly endangers: Endangers }) {
  const { t } = useWording()
  return (
    <div className="hf-weigh">
      <section aria-label={t('holds.frees')}>
        <h3>{t('holds.frees')}</h3>
        <FreesBody frees={frees} />
      </section>
      <section aria-label={t('holds.endangers')}>
        <h3>{t('holds.endangers')}</h3>
        <EndangersBody endangers={endangers} />
      </section>
    </div>
  )
}

function FreesBody({ frees }: { readonly frees: Frees }) {
  const { t, count } = useWording()
  return (
    <>
      <p>{t('holds.freesPieces', { n: frees.pieces })}</p>
      <ul>
        {frees.lines.map((line) => (
          <li key={`${line.sku}\n${line.warehouse.code}`}>
            <span>
              <span className="hf-num">{line.sku}</span>{' '}
              <span className="hf-faint">{line.warehouse.name}</span>
            </span>
            <span className="hf-num">
              {count(line.available)} → <b>{count(line.available + line.pieces)}</b>
            </span>
          </li>
        ))}
      </ul>
      {frees.serves.orders > 0 ? (
        <p>
          <Tag tone="good">{t('holds.serves', { n: frees.serves.orders })}</Tag>{' '}
          {frees.serves.first.map((one) => (
            <Link
              key={one.id}
              to="."
              search={(previous) => ({ ...previous, order: one.id })}
              className="hf-num"
              preload={false}
            >
              {one.orderNo}{' '}
            </Link>
          ))}
        </p>
      ) : (
        <p className="hf-faint">{t('holds.servesNone')}</p>
      )}
    </>
  )
}

export function WarningTags({ warnings }: { readonly warnings: readonly string[] }) {
  return (
    <span className="hf-tags">
      {warnings.map((warning) => (
        <CodeTag key={warning} family="unlockWarning" code={warning} />
      ))}
    </span>
  )
}

function EndangersBody({ endangers }: { readonly endangers: Endangers }) {
  const { t, word } = useWording()
  const { order, owner } = endangers
  return (
    <>
      {order ? (
        <p>
          <Link
            to="."
            search={(previous) => ({ ...previous, order: order.id })}
            preload={false}
            className="hf-num hf-order-no"
          >
            {order.orderNo}
          </Link>{' '}
          <CodeTag family="status" code={order.status} dot /> <span className="hf-faint">{order.title}</span>
        </p>
      ) : (
        <p>
          {word('holdOwner', owner.kind)} <span className="hf-num">{owner.reference || owner.id}</span>{' '}
          <span className="hf-faint">{t('holds.endangersNone')}</span>
        </p>
      )}
      <WarningTags warnings={endangers.warnings} />
      <Facts
        items={[
          ...(order ? ([[t('holds.shop'), order.shop]] as const) : []),
          ...(order?.promiseDueAt
            ? ([
                [t('holds.promise'), <Countdown key="p" dueAt={order.promiseDueAt} warnAt={null} />],
              ] as const)
            : []),
          ...(order?.penalty
            ? ([[t('holds.penalty'), <MoneyText key="m" money={order.penalty} />]] as const)
            : []),
          ...(order?.payable
            ? ([[t('holds.payable'), <MoneyText key="y" money={order.payable} />]] as const)
            : []),
          ...(order && order.waybills.length > 0
            ? ([[t('holds.waybills'), order.waybills.join(' ')]] as const)
            : []),
          [t('holds.heartbeatAt'), <TimeText key="h" at={endangers.heartbeatAt} />],
          [t('holds.col.deadline'), <TimeText key="d" at={endangers.deadlineAt} />],
        ]}
      />
    </>
  )
}

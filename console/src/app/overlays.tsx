import { useNavigate, useSearch } from '@tanstack/react-router'
import { OrderDrawer } from '#/pages/orders/order-drawer.tsx'
import { MessageDrawer } from '#/parts/message-drawer.tsx'

/** Drawers that any page opens by search parameter: `?order=<id>` and, over it, `?message=<id>`. */
export function Overlays() {
  const { order, message } = useSearch({ from: '/shell' })
  const close = useCloseOverlay()
  return (
    <>
      {order ? (
        <OrderDrawer id={order} onClose={() => close('order')} covered={message !== undefined} />
      ) : null}
      {message ? <MessageDrawer id={message} onClose={() => close('message')} /> : null}
    </>
  )
}

function useCloseOverlay(): (name: 'order' | 'message') => void {
  const navigate = useNavigate()
  return (name) => {
    void navigate({
      to: '.',
      // A message closes alone; an order takes the message over it along.
      search: ({ message: _message, order, ...rest }) => ({
        ...rest,
        ...(name === 'message' && order ? { order } : {}),
      }),
      replace: true,
    })
  }
}

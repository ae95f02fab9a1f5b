#pragma once

#include "base/strong_id.hpp"

namespace certherald::model {

using EndpointId = StrongId<struct EndpointTag>;
using FindingId = StrongId<struct FindingTag>;
using RunId = StrongId<struct RunTag>;
using NoticeId = StrongId<struct NoticeTag>;
using DeliveryId = StrongId<struct DeliveryTag>;
using TicketId = StrongId<struct TicketTag>;
using OwnerId = StrongId<struct OwnerTag>;

}  // namespace certherald::model

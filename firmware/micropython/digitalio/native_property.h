/* Properties of types written in C. SPDX-License-Identifier: MIT-0 */
#ifndef DIGITALIO_NATIVE_PROPERTY_H
#define DIGITALIO_NATIVE_PROPERTY_H

#include "py/obj.h"

/* An entry of a type's locals_dict that is no value but a getter and a setter; without a setter, None. */
typedef struct {
    mp_obj_base_t base;
    mp_obj_t proxy[2];
} native_property_t;

extern const mp_obj_type_t native_property_type;

#define NATIVE_PROPERTY(getter, setter) {{&native_property_type}, {MP_OBJ_FROM_PTR(getter), MP_OBJ_FROM_PTR(setter)}}

/* For the `attr` slot of such a type. */
void native_property_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest);

#endif
